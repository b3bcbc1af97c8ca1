import { noCounts } from '../counts.ts'
import type { Counts, EventOf, JournalEntry } from '../event.ts'
import type { AgainRows } from './again-rows.ts'
import type { CauseFold } from './cause-fold.ts'
import type { LoadoutFold } from './loadout-fold.ts'
import type { ServiceFold } from './service-fold.ts'

/** What is being done, and to what. */
export interface Action {
  kind:
    | 'beginning'
    | 'domain'
    | 'starting'
    | 'loading'
    | 'warming'
    | 'ready'
    | 'failed'
    | 'restarted'
    | 'stopping'
    | 'stopped'
    | 'scenario'
    | 'file'
    | 'ran'
    | 'cancelled'
  name: string
}

/** An event with its time. */
export type Timed<Type extends JournalEntry['type']> = EventOf<Type> & { time: string }

/** A gate as it was judged at the end of the run. */
export type GateFold = Omit<EventOf<'gate_checked'>, 'type'>

/** The end of a run, as it was recorded. */
export type RunEnd = Timed<'run_ended'>

/** A part of a run that was resumed after it. */
export interface EarlierPart {
  startedAt: string | null
  /** When it was heard of last. */
  endedAt: string | null
  end: RunEnd | null
}

/**
 * What the events of a run come to: the only place where they are added up. Its size goes with the plan, not
 * with the number of results. Times are local with offset, durations seconds, memory GB.
 */
export interface RunFold {
  session: string
  /** The event that begins a run, with the process that goes on with it; null where the journal lacks it. */
  begin: Timed<'run_started'> | null
  /** The event that begins its last part; null for one that was never resumed. */
  resumed: Timed<'run_resumed'> | null
  /** What is known of the machine that it goes on; null where its journal does not tell. */
  machine: Timed<'machine_known'> | null
  /** The parts before that. */
  readonly earlier: EarlierPart[]
  /** Number of the last event; null where there is none. */
  seq: number | null
  /** Time of the first event, and of the last one. */
  firstAt: string | null
  lastAt: string | null
  /** Seconds from the begin to the last event, by a clock that nobody sets; null where the journal does not tell. */
  elapsed: number | null
  /** Time and `elapsed` of the last event that the run itself recorded. */
  lastSign: { time: string; elapsed: number | null } | null
  /** What was done last, the end itself left out. */
  action: Action
  /** In the order of the plan; one that only results name comes last. */
  readonly loadouts: LoadoutFold[]
  current: LoadoutFold | null
  /** Every start of a service, in order. */
  readonly services: ServiceFold[]
  /** Scenarios that started and did not end, by id. */
  readonly running: Map<string, Timed<'scenario_started'>>
  readonly counts: Counts
  done: number
  /** How many results are expected; null while that is not known. */
  expected: number | null
  /** There may be more than that. */
  isLeast: boolean
  /** When the first result started. */
  firstResultAt: string | null
  /** Highest memory in use over all GPUs in the whole run. */
  vramPeak: number | null
  /** What went wrong outside any scenario. */
  readonly errors: { time: string; message: string }[]
  readonly gates: GateFold[]
  /** What kept results from passing, by its id. */
  readonly causes: Map<string, CauseFold>
  /** Why it was cancelled. */
  cancelled: string | null
  end: RunEnd | null
  /** Names of the scenarios that were running when the run died, where somebody has recorded that. */
  broken: readonly string[]
  /** For the fold alone. */
  readonly inner: {
    byKey: Map<string, LoadoutFold>
    /** The one that was asked for last. */
    last: LoadoutFold | null
    /** Whose services are up or coming up: what is in use meanwhile counts for it. */
    up: LoadoutFold | null
    /** Interrupted results after the last event of another kind. */
    interrupted: string[]
    /** Ids of the last results, and of those before them. */
    ended: string[]
    endedBefore: string[]
    /** What this part of the run is to give again. */
    again: AgainRows | null
    /** Loadouts that were up in earlier parts, and not in this one yet. */
    toBegin: Set<LoadoutFold>
    /** Numbers of results that do not stand any more, or never did, as far as they were counted here. */
    superseded: number[]
  }
}

/** A run of which nothing is known yet but the name of its session. */
export function newFold(session: string): RunFold {
  return {
    session,
    begin: null,
    resumed: null,
    machine: null,
    earlier: [],
    seq: null,
    firstAt: null,
    lastAt: null,
    elapsed: null,
    lastSign: null,
    action: { kind: 'beginning', name: '' },
    loadouts: [],
    current: null,
    services: [],
    running: new Map(),
    counts: noCounts(),
    done: 0,
    expected: null,
    isLeast: false,
    firstResultAt: null,
    vramPeak: null,
    errors: [],
    gates: [],
    causes: new Map(),
    cancelled: null,
    end: null,
    broken: [],
    inner: {
      byKey: new Map(),
      last: null,
      up: null,
      interrupted: [],
      ended: [],
      endedBefore: [],
      again: null,
      toBegin: new Set(),
      superseded: [],
    },
  }
}
