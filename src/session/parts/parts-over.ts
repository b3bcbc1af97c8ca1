import { setTimeout as sleep } from 'node:timers/promises'
import { silenceOf } from '../../host/signs-of-life.ts'
import { beatingFiles } from '../lock/life.ts'
import { readState } from '../projections/state-file.ts'
import { DividedRuns, type PartSession } from './divided-runs.ts'

/** How the parts of a run stand that somebody waits for. */
export interface Waiting {
  /** Of so many parts; null: none has begun. */
  count: number | null
  /** Numbers of those that are over. */
  over: number[]
}

export interface WaitOptions {
  /** Seconds after which nothing is waited for any more. */
  limit: number
  /** How often to look, in seconds. @default 10 */
  every?: number
  /**
   * Seconds without a sign of life after which a part that was interrupted, or that died, counts as over: until then its
   * scheduler may begin another attempt. Kubernetes waits six minutes at most before it does.
   *
   * @default 900
   */
  silent?: number
  onWait?: (waiting: Waiting) => void
}

/**
 * Waits until all parts of a run are over: each has ended, or has been silent for so long that nothing more comes of it.
 * Resolves with how they stand then, or once the time is up.
 */
export async function partsOver(
  logs: string,
  run: string,
  { limit, every = 10, silent = 900, onWait }: WaitOptions,
): Promise<Waiting> {
  const runs = new DividedRuns(logs)
  const deadline = performance.now() + limit * 1_000
  let told = ''
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- polls
    const waiting = await look(runs, logs, { run, silent })
    const isOver = waiting.count !== null && waiting.over.length >= waiting.count
    if (isOver || performance.now() >= deadline) return waiting
    const text = JSON.stringify(waiting)
    if (text !== told) onWait?.(waiting)
    told = text
    // oxlint-disable-next-line no-await-in-loop -- polls
    await sleep(Math.min(every * 1_000, Math.max(0, deadline - performance.now())))
  }
}

async function look(
  runs: DividedRuns,
  logs: string,
  { run, silent }: { run: string; silent: number },
): Promise<Waiting> {
  const its = (await runs.read()).findLast((each) => each.run === run)
  if (its === undefined) return { count: null, over: [] }
  const looks = [...its.attempts].map(async ([index, attempts]) =>
    (await isOver(attempts.at(-1)!, logs, silent)) ? [index] : [],
  )
  const over = (await Promise.all(looks)).flat().toSorted((a, b) => a - b)
  return { count: its.count, over }
}

async function isOver({ directory }: PartSession, logs: string, silent: number): Promise<boolean> {
  const state = await readState(directory).catch(() => null)
  if (state?.status === 'ended' && state.result !== 'INTERRUPTED') return true
  const silentFor = silenceOf(beatingFiles(directory), logs)
  return silentFor !== null && silentFor > silent
}
