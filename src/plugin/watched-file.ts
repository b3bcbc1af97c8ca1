import type { ProcessIdentity } from '../host/process-identity.ts'
import type { WorkerLoss, WorkerStall } from '../reporter/index.ts'
import type { ProgressReader } from '../services/leases/worker-progress.ts'
import type { ForkedWorker } from './forked-worker.ts'

/** How often it is looked after the workers. */
export const TICK_MS = 1_000
/** What a worker that lets nothing else happen gets beyond the limit of what it runs. */
const SILENCE_GRACE_MS = 5_000
/** What one gets that lives and gets nowhere: Vitest ends what it can by itself, and not the teardown of a fixture. */
const ENDLESS_GRACE_MS = 60_000
/** What a file may take to load at least, however short its tests are: its imports are made ready meanwhile. */
const LEAST_LOADING_MS = 10_000
/** After so long it is told what a worker is at, where Vitest cannot tell it. */
const STALLED_MS = 3_000
/** How long a worker may be silent whose file has ended, which nothing waits for any more. */
const LEFTOVER_MS = 10_000

/** Where a worker is with its file; `over` for all that nothing waits for. */
export type Phase = 'loading' | 'waiting' | 'running' | 'released' | 'over'

/** A file, and the worker that has it. Times in milliseconds, counted by this process. */
export interface Watched {
  project: string
  file: string
  phase: Phase
  worker: ForkedWorker | null
  process: ProcessIdentity | null
  progress: ProgressReader | null
  /** The longest that anything in the file may take, by its own word. */
  limit: number | null
  debugged: boolean
  /** Its connection: none yet, open, or closed. */
  line: 'none' | 'open' | 'closed'
  /** Its process has ended; its results are recorded. */
  exited: boolean
  recorded: boolean
  /** Since it said anything. */
  silent: number
  /** Since anything began or ended in it. */
  still: number
  stallTold: boolean
  /** Why it was ended. */
  ended: WhyEnded | null
}

/** What a worker was ended for. */
export type WhyEnded = Omit<WorkerLoss, 'project' | 'file'>

/** A file that a worker has just got. */
export function begunWith(project: string, file: string): Watched {
  return {
    project,
    file,
    phase: 'loading',
    worker: null,
    process: null,
    progress: null,
    limit: null,
    debugged: false,
    line: 'none',
    exited: false,
    recorded: false,
    silent: 0,
    still: 0,
    stallTold: false,
    ended: null,
  }
}

/** Whether nothing waits for it any more. */
export const isOver = ({ phase }: Watched): boolean => phase === 'over'

/** What a file is at that gets nowhere, where Vitest cannot tell it; null where there is nothing to tell. */
export function stallOf(one: Watched): WorkerStall | null {
  if (one.still < STALLED_MS || one.line === 'closed') return null
  const { project, file, phase } = one
  const isSilent = phase === 'running' && one.silent >= STALLED_MS
  return isSilent || phase === 'loading' ? { project, file } : null
}

/** Why a worker is to be ended; null while it may go on. `testTimeout`: that of its project. */
export function verdictOn(one: Watched, testTimeout: number): WhyEnded | null {
  // Who has closed its connection says nothing any more, and is no worse for it.
  if (one.still < STALLED_MS || one.ended !== null || one.line === 'closed') return null
  switch (one.phase) {
    case 'waiting':
      return null
    case 'loading': {
      const limit = testTimeout > 0 ? Math.max(testTimeout, LEAST_LOADING_MS) : Infinity
      const isLate = one.still > limit + SILENCE_GRACE_MS
      return isLate ? { kind: 'loading', how: inWords(one.still) } : null
    }
    case 'running':
    case 'released':
      return verdictOnTests(one)
    case 'over': {
      const isLeft = one.line === 'open' && !one.exited && one.silent > LEFTOVER_MS
      return isLeft ? { kind: 'silent', how: inWords(one.silent) } : null
    }
  }
}

function verdictOnTests(one: Watched): WhyEnded | null {
  const { limit = one.limit, running } = one.progress?.told() ?? {}
  if (limit === null) return null
  const allowed = inWords(limit)
  if (one.silent > limit + SILENCE_GRACE_MS) {
    return { kind: 'silent', how: inWords(one.silent), allowed }
  }
  // Of tests that run side by side one may wait for another.
  const isEndless = running?.size === 1 && one.still > limit + ENDLESS_GRACE_MS
  return isEndless ? { kind: 'endless', how: inWords(one.still), allowed } : null
}

const inWords = (milliseconds: number): string => `${Math.round(milliseconds / 1_000)} s`
