import type { Domain } from '../domain.ts'
import { count, noCounts, uncount } from '../counts.ts'
import type { Counts, EventOf, JournalEntry } from '../event.ts'
import type { ScenarioResult } from '../result.ts'
import type { OldRow } from './again-rows.ts'

/** Where a loadout is in its life. */
export type LoadoutStatus = 'waiting' | 'starting' | 'ready' | 'failed' | 'stopped'

/** When a loadout was up in an earlier part of a run that was resumed. Times are local with offset, durations seconds. */
export interface EarlierSpell {
  /** Which part of a merged session it was; absent in others. */
  part?: number
  startedAt: string | null
  readyAt: string | null
  stoppedAt: string | null
  setupTime: number | null
  runTime: number | null
  cleanupTime: number | null
}

/** One loadout of one domain, and how it goes. Times are local with offset, durations seconds, memory GB. */
export interface LoadoutFold {
  readonly domain: Domain
  /** The safe name. */
  readonly loadout: string
  models: readonly string[]
  status: LoadoutStatus
  counts: Counts
  /** Results so far. */
  done: number
  /** Results that are expected; null while that is not known. */
  expected: number | null
  /** Sum of the durations of its results. */
  scenarioTime: number
  startedAt: string | null
  readyAt: string | null
  stoppedAt: string | null
  setupTime: number | null
  runTime: number | null
  cleanupTime: number | null
  /** When it was up in earlier parts of the run, or in others of a merged one; absent where it was not. */
  earlier?: EarlierSpell[]
  vramPrior: number | null
  vramLoaded: number | null
  vramPeak: number | null
  vramAfter: number | null
  /** What it was seen to need before it was loaded; absent where nobody looked. */
  foreseen?: EventOf<'memory_foreseen'>
  /** What the newest load of each of its models took; absent where no engine told. */
  measured?: Record<string, EventOf<'memory_measured'>>
  /** Memory that did not come back, and what held it. */
  leak: EventOf<'vram_leak'> | null
  /** Why it did not come up, or did not stay up. */
  failure: string | null
  restarts: number
  /** Digests of its models by their URI, as far as their engines tell. */
  digests?: Record<string, string>
  /** Which parts of a merged session ran it, by their places among them; absent in others. */
  parts?: number[]
  /** The one that had it up last. */
  part?: number
  /** Log files of its services, relative to the session directory. */
  readonly logs: string[]
}

/** An event of the life of one loadout. */
export type LoadoutEntry = Extract<
  JournalEntry,
  { type: `loadout_${string}` | 'vram_leak' | 'service_restarted' }
>

export function newLoadout({ domain, loadout }: { domain: Domain; loadout: string }): LoadoutFold {
  return {
    domain,
    loadout,
    models: [],
    status: 'waiting',
    counts: noCounts(),
    done: 0,
    expected: null,
    scenarioTime: 0,
    startedAt: null,
    readyAt: null,
    stoppedAt: null,
    setupTime: null,
    runTime: null,
    cleanupTime: null,
    vramPrior: null,
    vramLoaded: null,
    vramPeak: null,
    vramAfter: null,
    leak: null,
    failure: null,
    restarts: 0,
    logs: [],
  }
}

/** Where a loadout is in its life. Of a run that died nobody told how its loadout ended. */
export function statusOf(
  { status }: Pick<LoadoutFold, 'status'>,
  { end }: { end: object | null },
): LoadoutStatus {
  return end !== null && (status === 'ready' || status === 'starting') ? 'stopped' : status
}

type TimeKey = 'setupTime' | 'runTime' | 'cleanupTime'

/** What a loadout took each time that it was up, in order; a time that nobody knows is left out. */
export function timesOf(view: Pick<LoadoutFold, TimeKey | 'earlier'>, key: TimeKey): number[] {
  return [...(view.earlier ?? []), view].map((one) => one[key]).filter((time) => time !== null)
}

/** The sum of {@link timesOf}; null where none is known. */
export function timeInAll(
  view: Pick<LoadoutFold, TimeKey | 'earlier'>,
  key: TimeKey,
): number | null {
  const times = timesOf(view, key)
  return times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0)
}

/** Takes an event into the loadout that it is about. */
export function foldLoadout(view: LoadoutFold, entry: LoadoutEntry): void {
  switch (entry.type) {
    case 'loadout_starting':
      view.status = 'starting'
      view.startedAt = entry.time
      break
    case 'loadout_ready':
      view.status = 'ready'
      view.readyAt = entry.time
      view.setupTime = entry.setup_time
      view.vramPrior = entry.vram_prior
      view.vramLoaded = entry.vram_loaded
      break
    case 'loadout_failed':
      view.status = 'failed'
      view.failure ??= entry.message
      break
    case 'loadout_stopped':
      if (view.status !== 'failed') view.status = 'stopped'
      view.stoppedAt = entry.time
      view.runTime = entry.run_time
      view.cleanupTime = entry.cleanup_time
      view.vramAfter = entry.vram_after
      break
    case 'vram_leak':
      view.leak = entry
      break
    case 'service_restarted':
      view.restarts += 1
      break
  }
}

/** Notes which part of a merged session has told of a loadout. */
export function notePart(view: LoadoutFold, part: number | undefined): void {
  if (part === undefined) return
  view.parts ??= []
  if (!view.parts.includes(part)) view.parts.push(part)
}

/** Takes a result into its loadout; what the loadout itself has told is known better. */
export function foldLoadoutResult(view: LoadoutFold, result: ScenarioResult): void {
  if (view.models.length === 0) view.models = result.models
  view.done += 1
  count(view.counts, result.status)
  view.scenarioTime += result.duration ?? 0
  view.setupTime ??= result.setup_time
  view.vramPrior ??= result.vram_prior
  view.vramLoaded ??= result.vram_loaded
  view.vramPeak = higher(view.vramPeak, result.vram_peak)
  for (const { file } of result.logs) noteLog(view, file)
}

/** Takes back a result that another takes the place of. */
export function unfoldLoadoutResult(view: LoadoutFold, { status, duration }: OldRow): void {
  view.done -= 1
  uncount(view.counts, status)
  view.scenarioTime = Math.max(0, view.scenarioTime - (duration ?? 0))
}

/** A part of a run begins: what was up in the one before is not, and what `comesAgain` is still to come. */
export function resumeLoadout(view: LoadoutFold, comesAgain: boolean): void {
  if (comesAgain) view.status = 'waiting'
  else if (view.status === 'starting' || view.status === 'ready') view.status = 'stopped'
}

/** A loadout starts once more, in a later part of its run: what it took before is kept apart. */
export function beginAgain(view: LoadoutFold): void {
  const { startedAt, readyAt, stoppedAt, setupTime, runTime, cleanupTime } = view
  const { part } = view
  const of = part === undefined ? {} : { part }
  const spell = { ...of, startedAt, readyAt, stoppedAt, setupTime, runTime, cleanupTime }
  view.earlier = [...(view.earlier ?? []), spell]
  Object.assign(view, { readyAt: null, stoppedAt: null, failure: null, leak: null })
  Object.assign(view, { setupTime: null, runTime: null, cleanupTime: null })
}

export function noteLog({ logs }: LoadoutFold, file: string): void {
  if (!logs.includes(file)) logs.push(file)
}

/** The higher of two numbers, where an unknown one does not count. */
export function higher(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.max(one, other)
}
