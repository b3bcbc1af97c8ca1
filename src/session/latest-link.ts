import { lstatSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

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
    rmSync(temporary, { force: true })
  }
}
