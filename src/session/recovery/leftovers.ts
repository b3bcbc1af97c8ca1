import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { JarvisError } from '../../errors.ts'
import { BEGINNING, REPORTING } from '../directory.ts'
import { lifeOfHolder, mayLive } from '../lock/life.ts'
import { readLock } from '../lock/lock-file.ts'
import { markLives } from '../lock/process-mark.ts'
import { holdLock } from '../lock/hold-lock.ts'

const LOCK = 'recovery.lock'
/** What files of a session are called until they are whole. */
const UNFINISHED =
  /^(?:system_info\.yaml|[a-z][a-z0-9_-]*\.json|events(?:\.\d+)?\.jsonl|progression\.log|telemetry\.csv)\.tmp$/
const UNFINISHED_REPORT = /^report\.(?:xlsx|html)\.tmp$/
const UNFINISHED_BESIDE = ['baselines.json.tmp', '.summaries.json.tmp']
/** Where nobody says who makes reports, somebody may; whoever makes them writes more often than that. */
const REPORT_AT_REST_MS = 10 * 60_000
/** A lock that is just being taken names nobody yet, and a small file is written in a moment. */
const AT_REST_MS = 60_000
/** A lock that cannot be had by then stays. */
const LOCK_PATIENCE_MS = 1_000

/**
 * Removes what was left in a session's folder by writers that were ended in the middle: files that are not whole, and
 * the lock of whoever was completing it. The run must be gone. What somebody is just completing is left alone.
 */
export async function removeLeftovers(directory: string): Promise<void> {
  if (!(await isFree(directory))) return
  const names = await readdir(directory).catch(() => [])
  const doomed = names.filter((name) => UNFINISHED.test(name) || name.startsWith(BEGINNING))
  const reports = await deadReports(directory, names)
  await removeAll(directory, [...doomed, ...reports, ...(await deadLocks(directory, names))])
}

/** As {@link removeLeftovers}, of what is remembered beside all sessions; no run writes it, and commands take no lock. */
export async function removeLeftoversBeside(logs: string): Promise<void> {
  const left = UNFINISHED_BESIDE.map(async (name) => {
    const path = join(logs, name)
    if (await isAtRest(path, AT_REST_MS)) await rm(path, { force: true }).catch(() => {})
  })
  await Promise.all(left)
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

/** Removes the folder of a session that could not begin, which this process has made. */
export async function removeOwn(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true }).catch(() => {})
}

/** What is left of reports that nobody makes any more, and what told who did. */
async function deadReports(directory: string, names: readonly string[]): Promise<string[]> {
  const marks = names.filter((name) => name.startsWith(REPORTING))
  const isDead = (mark: string): boolean => markLives(mark.slice(REPORTING.length)) === false
  const unfinished = names.filter((name) => UNFINISHED_REPORT.test(name))
  if (marks.every((mark) => isDead(mark)) && marks.length > 0) return [...unfinished, ...marks]
  const areAtRest = unfinished.map((name) => isAtRest(join(directory, name), REPORT_AT_REST_MS))
  const atRest = await Promise.all(areAtRest)
  return [...marks.filter((mark) => isDead(mark)), ...unfinished.filter((_, at) => atRest[at])]
}

/** Whether nobody is completing the session. A lock whose holder is gone is taken as by whoever comes next, and given back. */
async function isFree(directory: string): Promise<boolean> {
  const path = join(directory, LOCK)
  const holder = readLock(path)
  if (holder === null) return true
  if (mayLive(lifeOfHolder(path, holder))) return false
  const wait = { session: directory, wait: 0, signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }
  const taken = new JarvisError('RUN_LOCKED', `Somebody is completing ${directory}.`)
  const lock = await holdLock(path, wait, () => taken).catch(() => null)
  lock?.release()
  return lock !== null
}

/** The files of a lock whose holder is gone; none while somebody has it, or is about to take it. */
async function deadLocks(directory: string, names: readonly string[]): Promise<string[]> {
  const files = names.filter((name) => name === LOCK || name.startsWith(`${LOCK}.`))
  const areDead = files.map(async (name) => {
    const path = join(directory, name)
    const holder = readLock(path)
    const lives = holder !== null && mayLive(lifeOfHolder(path, holder))
    return !lives && (await isAtRest(path, AT_REST_MS))
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
