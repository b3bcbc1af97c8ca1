import { lstatSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** A link on its way to its name is there for a moment. */
const ON_ITS_WAY = /^\.latest-\d+$/
const AT_REST_MS = 60_000

/**
 * Points `logs/latest` to a session; a failure is ignored, as the link is a convenience. What stands there and
 * is not a link is left alone.
 */
export function updateLatestLink(logs: string, id: string): void {
  const link = join(logs, 'latest')
  const temporary = join(logs, `.latest-${process.pid}`)
  try {
    if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === false) return
    rmSync(temporary, { force: true })
    if (process.platform === 'win32') {
      // A junction needs no privilege but an absolute target, and cannot be renamed over.
      symlinkSync(join(logs, id), temporary, 'junction')
      rmSync(link, { force: true })
    } else {
      symlinkSync(id, temporary)
    }
    renameSync(temporary, link)
  } catch {
    removeQuietly(temporary)
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // It goes with a later start.
  }
}

/** Removes links that never came to their name, as their run was ended in between. Never throws. */
export function removeLostLinks(logs: string): void {
  try {
    for (const name of readdirSync(logs).filter((each) => ON_ITS_WAY.test(each))) {
      const facts = lstatSync(join(logs, name), { throwIfNoEntry: false })
      const isLost = facts?.isSymbolicLink() === true && Date.now() - facts.mtimeMs > AT_REST_MS
      if (isLost) rmSync(join(logs, name), { force: true })
    }
  } catch {
    // The next start tries it again.
  }
}
