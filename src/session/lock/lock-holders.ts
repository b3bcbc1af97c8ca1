import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { privateFolderPath } from '../../host/private-folder.ts'
import { elsewhereOf, lifeOfHolder, mayLive } from './life.ts'
import { type LockHolder, readLock } from './lock-file.ts'
import { askClaimant, claimAddress, claimedParts, claimMark, partAddress } from './machine-claim.ts'

/** The lock of all of a machine. */
export const RUN_LOCK = 'run.lock'
/** Those of parts of it. */
const PART_LOCK = /^(?:gpu-.+|port-\d+|ollama)\.lock$/

/** Who holds a lock; the pid is 0 where it holds it and does not say who it is. */
export interface RunHolder {
  pid: number
  start: string | null
  /** The name of its host; null for this one. */
  elsewhere: string | null
  session: string
  /** Local time with offset. */
  since: string
  /** What of the machine it has: `GPU 1 (GPU-…)`; null: all of it. */
  holds: string | null
}

export const SILENT: RunHolder = {
  pid: 0,
  start: null,
  elsewhere: null,
  session: '',
  since: '',
  holds: null,
}

/** The run that has the whole machine; null where none has. */
export function runHolder(env: NodeJS.ProcessEnv = process.env): Promise<RunHolder | null> {
  return holderAt(join(privateFolderPath(env), RUN_LOCK), claimAddress(env))
}

/** The runs that have the machine or a part of it, one for each part. */
export async function runHolders(env: NodeJS.ProcessEnv = process.env): Promise<RunHolder[]> {
  const whole = await runHolder(env)
  const parts = await partHolders(privateFolderPath(env), claimAddress(env))
  return whole === null ? parts : [whole, ...parts]
}

/** The run that has one lock; null where none has. */
export async function holderAt(path: string, address: string | null): Promise<RunHolder | null> {
  const named = readLock(path)
  const answer = address === null ? null : await askClaimant(address)
  const living = answer === null && hasEnded(named, address) ? null : livingHolder(path, named)
  if (living !== null) return living
  return answer === 'silent' ? SILENT : answer && holderOf(answer, null)
}

/** The runs that have parts of the machine. Sockets count as well as files, which a log-out may have removed. */
export async function partHolders(folder: string, address: string | null): Promise<RunHolder[]> {
  const files = partFiles(folder)
  const known = files.map((file) => partAddress(address, file))
  const unknown = (address === null ? [] : claimedParts(address)).filter(
    (one) => !known.includes(one),
  )
  const holders = await Promise.all([
    ...files.map((file, at) => holderAt(join(folder, file), known[at]!)),
    ...unknown.map(async (one): Promise<RunHolder | null> => {
      const answer = await askClaimant(one)
      if (answer === 'silent') return { ...SILENT, holds: 'a part of this machine' }
      return answer && holderOf(answer, null)
    }),
  ])
  return holders.filter((holder) => holder !== null)
}

/** The names of the locks of parts of the machine that lie in a folder, also of runs that are gone. */
export function partFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => PART_LOCK.test(name))
  } catch {
    return []
  }
}

/** Whether whoever a lock file names has ended, as nobody has the claim that it had. */
export function hasEnded(named: LockHolder | null, address: string | null): boolean {
  const { claim = null } = named ?? {}
  return claim !== null && address !== null && claim === claimMark(address)
}

/** Whoever a lock file names, if that run may live. */
export function livingHolder(path: string, named: LockHolder | null): RunHolder | null {
  const life = named === null ? null : lifeOfHolder(path, named)
  if (named === null || life === null || !mayLive(life)) return null
  return holderOf(named, elsewhereOf(life)?.elsewhere.name ?? null)
}

export function holderOf(named: LockHolder, elsewhere: string | null): RunHolder {
  // Somebody may have edited the file.
  return { ...named, elsewhere, holds: typeof named.holds === 'string' ? named.holds : null }
}

/** Who has a lock, for a sentence: `pid 12, since 2026-11-22 23:12:05, logs/RUN_…`. */
export function holderInWords({ pid, elsewhere, since, session }: RunHolder): string {
  if (pid === 0) return 'it does not say which'
  const where = elsewhere === null ? '' : ` on ${elsewhere}`
  return `pid ${pid}${where}, since ${since.slice(0, 19).replace('T', ' ')}, ${session}`
}

/** A run, and what it has. */
export interface HoldingRun {
  holder: RunHolder
  /** In words; null: the whole machine. */
  holds: string | null
  /** Each of what it has; null for the whole machine. */
  all: readonly (string | null)[]
}

/** What each run has: locks of one process belong together. */
export function byRun(holders: readonly RunHolder[]): HoldingRun[] {
  const runs = Map.groupBy(holders, ({ pid, session, elsewhere }) =>
    [pid, session, elsewhere].join('\0'),
  )
  return [...runs.values()].map((locks) => {
    const names = [...new Set(locks.flatMap(({ holds }) => holds ?? []))]
    const isWhole = locks.some(({ holds }) => holds === null)
    const holds = isWhole ? null : listed(names)
    return { holder: locks[0]!, holds, all: locks.map((lock) => lock.holds) }
  })
}

function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('')
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
