import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { lifeOfHolder, mayLive } from '../lock/life.ts'
import { readLock } from '../lock/lock-file.ts'

const LOCK = 'recovery.lock'
/** What files of a session are called until they are whole. */
const UNFINISHED =
  /^(?:system_info\.yaml|[a-z][a-z0-9_-]*\.json|events(?:\.\d+)?\.jsonl|progression\.log|telemetry\.csv)\.tmp$/
const UNFINISHED_REPORT = /^report\.(?:xlsx|html)\.tmp$/
/** A process of its own may just be making reports; one that is making them writes more often than that. */
const REPORT_AT_REST_MS = 10 * 60_000
/** A folder in which there is nothing may be that of a run that is just beginning. */
const EMPTY_AT_REST_MS = 10 * 60_000
/** A lock that is just being taken names nobody yet. */
const LOCK_AT_REST_MS = 60_000

/**
 * Removes what was left in a session's folder by writers that were ended in the middle: files that are not whole, and
 * the lock of whoever was completing it. The run must be gone.
 */
export async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  const doomed = names.filter((name) => UNFINISHED.test(name))
  for (const name of names.filter((each) => UNFINISHED_REPORT.test(each))) {
    // oxlint-disable-next-line no-await-in-loop -- two at most
    if (await isAtRest(join(directory, name), REPORT_AT_REST_MS)) doomed.push(name)
  }
  await removeAll(directory, [...doomed, ...(await deadLocks(directory, names))])
}

/** As {@link removeLeftovers}, of what scenarios were keeping: nobody keeps anything any more. */
export async function removeUnkept(directory: string): Promise<void> {
  const folder = join(directory, 'attachments')
  const names = await readdir(folder).catch(() => [])
  await removeAll(
    folder,
    names.filter((name) => name.endsWith('.tmp')),
  )
}

/** Removes the folder of a session that never began: it is empty, or has no more than its empty folder of attachments. */
export async function removeEmpty(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => null)
  if (names === null || names.some((name) => name !== 'attachments')) return
  if (!(await isAtRest(directory, EMPTY_AT_REST_MS))) return
  // Neither goes with something in it.
  await rmdir(join(directory, 'attachments')).catch(() => {})
  await rmdir(directory).catch(() => {})
}

/** Removes the folder of a session that could not begin, which this process has made. */
export async function removeUnbegun(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true }).catch(() => {})
}

/** The files of a lock whose holder is gone; none while somebody has it, or is about to take it. */
async function deadLocks(directory: string, names: readonly string[]): Promise<string[]> {
  const files = names.filter((name) => name === LOCK || name.startsWith(`${LOCK}.`))
  const areDead = files.map(async (name) => {
    const path = join(directory, name)
    const holder = readLock(path)
    const lives = holder !== null && mayLive(lifeOfHolder(path, holder))
    return !lives && (await isAtRest(path, LOCK_AT_REST_MS))
  })
  return (await Promise.all(areDead)).every(Boolean) ? files : []
}

async function isAtRest(path: string, forMs: number): Promise<boolean> {
  const facts = await stat(path).catch(() => null)
  return facts !== null && Date.now() - facts.mtimeMs > forMs
}

async function removeAll(folder: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true }).catch(() => {})))
}
