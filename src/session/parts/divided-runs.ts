import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { RunStatus, ShardOf } from '../../events/index.ts'
import { bySessionName, SESSION_NAME } from '../directory.ts'
import { readState } from '../projections/state-file.ts'

/** A session of one part of a divided run. */
export interface PartSession {
  name: string
  /** Absolute. */
  directory: string
  shard: ShardOf
  /** Milliseconds since the epoch, by the clock of its host. */
  startedAt: number
}

/** The sessions of the parts of one run of a divided plan. */
export interface DividedRun {
  /** What the scheduler calls it; null where nobody did. */
  run: string | null
  digest: string
  count: number
  /** Of each part that has begun its attempts, the newest last. */
  attempts: Map<number, PartSession[]>
}

type Named = Pick<DividedRun, 'run' | 'digest'>

/** So many characters of a digest name it in sentences, as `jarvis split` shows it. */
const DIGEST_SHOWN = 12
/** Fewer of them are too little to mean one. */
const LEAST_DIGEST = 4
const MOST_NAMED = 5

/** What the sessions of a folder say of the parts that they are; each is asked once, as it does not change. */
export class DividedRuns {
  readonly #logs: string
  /** By the names of sessions; null for one that is no part. */
  readonly #known = new Map<string, (PartSession & { result: RunStatus | null }) | null>()

  constructor(logs: string) {
    this.#logs = logs
  }

  /** The divided runs of the folder, oldest first. */
  async read(): Promise<DividedRun[]> {
    const names = await readdir(this.#logs).catch(() => [])
    const ours = names.filter((name) => SESSION_NAME.test(name))
    await Promise.all(ours.map((name) => this.#ask(name)))
    const parts = ours.flatMap((name) => this.#known.get(name) ?? [])
    return roundsOf(parts.toSorted(byStart))
  }

  async #ask(name: string): Promise<void> {
    const known = this.#known.get(name)
    // Whether a part passed tells rounds apart, and is known once it has ended.
    if (known === null || (known !== undefined && known.result !== null)) return
    const directory = join(this.#logs, name)
    const state = await readState(directory).catch(() => null)
    // One that has just begun has none yet.
    if (state === null) return
    const { shard, started_at: time, result } = state
    const startedAt = Date.parse(time) || 0
    this.#known.set(
      name,
      shard === undefined ? null : { name, directory, shard, startedAt, result },
    )
  }
}

/**
 * Sessions with one digest and one name of their run belong together. Where nobody named the run, a part that has passed
 * and begins once more begins another round: what did not pass may be repeated alone.
 */
function roundsOf(parts: readonly (PartSession & { result: RunStatus | null })[]): DividedRun[] {
  const newest = new Map<string, DividedRun>()
  const passed = new Map<DividedRun, Set<number>>()
  const runs: DividedRun[] = []
  for (const { result, ...part } of parts) {
    const { digest, run, index, count } = part.shard
    const key = JSON.stringify([digest, run])
    let its = newest.get(key)
    if (its === undefined || (run === null && passed.get(its)?.has(index) === true)) {
      its = { run, digest, count, attempts: new Map() }
      newest.set(key, its)
      passed.set(its, new Set())
    } else runs.splice(runs.indexOf(its), 1)
    // The one with the newest session comes last.
    runs.push(its)
    its.attempts.set(index, [...(its.attempts.get(index) ?? []), part])
    if (result === 'PASSED') passed.get(its)!.add(index)
  }
  return runs
}

function byStart(one: PartSession, other: PartSession): number {
  return one.startedAt - other.startedAt || bySessionName(one.name, other.name)
}

/**
 * The run that is meant: by what its scheduler calls it, or the beginning of the digest of its split; without either the
 * newest one.
 *
 * @throws JarvisError USAGE where there is none, or several fit
 */
export function chosenRun(
  runs: readonly DividedRun[],
  id: string | undefined,
  where: string,
): DividedRun {
  if (id === undefined) {
    const newest = runs.at(-1)
    if (newest !== undefined) return newest
    const what = `There is no run of a divided plan in ${where}`
    throw new JarvisError('USAGE', `${what}: its parts make sessions there once they begin.`)
  }
  // Rounds of one split that nobody named are told apart by nothing: the newest is meant.
  const newestRound = meantBy(runs, id).at(-1)
  if (newestRound !== undefined) return newestRound
  const has = runs.length === 0 ? 'There is none.' : `There are: ${namesOf(runs)}.`
  const what = `No run of a divided plan in ${where} is called ${JSON.stringify(id)}`
  throw new JarvisError('USAGE', `${what}, and no digest of a split begins so. ${has}`)
}

/**
 * What of runs, or of their parts, is of the one that is meant: by what its scheduler calls it, else by the beginning of the
 * digest of its split; empty where none is.
 *
 * @throws JarvisError USAGE where several runs fit
 */
export function meantBy<Its extends Named>(all: readonly Its[], id: string): Its[] {
  const named = all.filter(({ run }) => run === id)
  const byDigest = id.length < LEAST_DIGEST ? [] : all.filter(({ digest }) => digest.startsWith(id))
  const fitting = named.length > 0 ? named : byDigest
  if (new Set(fitting.map(nameKey)).size < 2) return fitting
  const what = `${JSON.stringify(id)} fits several runs: ${namesOf(fitting)}`
  throw new JarvisError('USAGE', `${what}. Name one of them by what its scheduler calls it.`)
}

/** What a divided run is called: by its scheduler, else by its split. */
export function runName({ run, digest }: Named): string {
  return run === null ? `split ${digest.slice(0, DIGEST_SHOWN)}` : `run ${run}`
}

function nameKey({ run, digest }: Named): string {
  return JSON.stringify([run, digest])
}

function namesOf(runs: readonly Named[]): string {
  const newestFirst = runs.toReversed()
  const texts = newestFirst.map(
    (each) =>
      `${runName(each)}${each.run === null ? '' : ` of split ${each.digest.slice(0, DIGEST_SHOWN)}`}`,
  )
  const all = [...new Set(texts)]
  const more = all.length - MOST_NAMED
  return all.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
