import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SESSION_NAME } from '../directory.ts'
import { runHolders } from '../lock/lock-holders.ts'
import type { SessionState } from '../projections/state.ts'
import { readState } from '../projections/state-file.ts'
import { startedState } from '../recovery/dead-sessions.ts'
import { readBaselines } from './baselines.ts'
import { usedBy } from './in-use.ts'
import { isPinned } from './pin.ts'
import { sessionsByTime } from '../sessions-by-time.ts'

/** What stays; null: no limit of that kind. Each limit holds on its own. */
export interface Retention {
  /** Sessions of whole-plan runs. */
  keep: number | null
  /** Sessions of partial runs. */
  keepPartial: number | null
  /** Days since the start of a session. */
  days: number | null
}

/** How many sessions of partial runs stay where nobody says. */
export const KEEP_PARTIAL = 20

/** A session that the retention does not cover. */
export interface Surplus {
  name: string
  /** Absolute path. */
  directory: string
  kind: 'plan' | 'partial'
  /** Local time with offset. */
  startedAt: string
  bytes: number
  /** Which limit it is beyond. */
  beyond: 'count' | 'age'
}

/** What pruning would do. */
export interface PrunePlan {
  remove: Surplus[]
  /** Sessions that are beyond a limit and stay all the same. */
  protected: { name: string; why: string }[]
  /** Directories that an earlier pruning began to remove. */
  remains: string[]
}

/** What a session is called while it is being removed. */
export const REMOVED_PREFIX = '.removed-'

const DAY_MS = 86_400_000

interface Found {
  name: string
  directory: string
  state: SessionState
}

/**
 * Says which sessions under `logs` are beyond the retention. Whole-plan and partial runs are counted apart, and the
 * newest of each always stays; so does whatever is a baseline, pinned or in use, and whatever is not a session.
 *
 * @throws JarvisError USAGE where the baselines cannot be read
 */
export async function planPruning(
  logs: string,
  retention: Retention,
  now: Date = new Date(),
): Promise<PrunePlan> {
  const baselines = [...(await readBaselines(logs))]
  const entries = await readdir(logs, { withFileTypes: true }).catch(() => [])
  // A link is none, whatever it leads to.
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const places = (await sessionsByTime(logs)).filter(({ name }) => folders.includes(name))
  const plan: PrunePlan = {
    remove: [],
    protected: [],
    remains: folders.filter((name) => isRemains(name)).map((name) => join(logs, name)),
  }
  const ranks = { plan: 0, partial: 0 }
  for (const { name, directory } of places.toReversed()) {
    // oxlint-disable-next-line no-await-in-loop -- one file each, and thousands at once are too many to open
    const found = await look(directory, name)
    if (found === null) continue
    const rank = ranks[found.state.kind]
    ranks[found.state.kind] += 1
    const beyond = rank === 0 ? null : beyondWhich(found.state, rank, retention, now)
    if (beyond === null) continue
    const baseline = baselines.find(([, { session }]) => session === name)
    // oxlint-disable-next-line no-await-in-loop -- see above
    const why = baseline ? `baseline ${baseline[0]}` : await protection(logs, found)
    if (why !== null) plan.protected.push({ name, why })
    // oxlint-disable-next-line no-await-in-loop -- see above
    else plan.remove.push(await surplus(found, beyond))
  }
  return plan
}

/** Why a session stays although a limit says otherwise; null where nothing holds it. Asks again what may have changed. */
export async function whyProtected(logs: string, name: string): Promise<string | null> {
  const baseline = [...(await readBaselines(logs))].find(([, { session }]) => session === name)
  if (baseline !== undefined) return `baseline ${baseline[0]}`
  const found = await look(join(logs, name), name)
  return found === null ? 'it is no session' : protection(logs, found)
}

/** Null for what is not a session of ours, or one that this version cannot read. */
async function look(directory: string, name: string): Promise<Found | null> {
  const journal = await lstat(join(directory, 'events.jsonl')).catch(() => null)
  if (journal?.isFile() !== true) return null
  try {
    const state = (await readState(directory)) ?? (await startedState(directory))
    const isKnown = state?.kind === 'plan' || state?.kind === 'partial'
    return isKnown && state.session === name ? { name, directory, state } : null
  } catch {
    return null
  }
}

async function protection(logs: string, { name, directory, state }: Found): Promise<string | null> {
  if (isPinned(directory)) return 'pinned'
  if (await isLocked(logs, name)) return 'the run that uses this machine'
  return usedBy(directory, state)
}

/** Whether a run that holds the machine, or a part of it, is that session. */
async function isLocked(logs: string, name: string): Promise<boolean> {
  return (await runHolders()).some(({ session }) => session === join(logs, name))
}

function beyondWhich(
  { kind, started_at }: SessionState,
  rank: number,
  { keep, keepPartial, days }: Retention,
  now: Date,
): Surplus['beyond'] | null {
  const most = kind === 'plan' ? keep : keepPartial
  if (most !== null && rank >= most) return 'count'
  const age = now.getTime() - Date.parse(started_at)
  return days !== null && age > days * DAY_MS ? 'age' : null
}

async function surplus(
  { name, directory, state }: Found,
  beyond: Surplus['beyond'],
): Promise<Surplus> {
  const { kind, started_at: startedAt } = state
  return { name, directory, kind, startedAt, bytes: await sizeOf(directory), beyond }
}

/** Bytes of all files below a folder; links count as themselves. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  let bytes = 0
  for (const entry of entries) {
    if (!entry.isFile()) continue
    // oxlint-disable-next-line no-await-in-loop -- a session may keep thousands of files
    bytes += (await lstat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0
  }
  return bytes
}

function isRemains(name: string): boolean {
  return name.startsWith(REMOVED_PREFIX) && SESSION_NAME.test(name.slice(REMOVED_PREFIX.length))
}
