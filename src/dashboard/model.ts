import type { Counts, Domain, JournalEntry, RunStatus, ScenarioStatus } from '../events/index.ts'
import { type LineBuffer, lineBuffer } from './line-buffer.ts'

/** Lines that can be scrolled back to. */
const STORY_LINES = 1_000
const ERROR_LINES = 300

export type LoadoutStatus = 'waiting' | 'starting' | 'ready' | 'failed' | 'stopped'

/** A loadout on the screen; times in milliseconds since the epoch, durations in seconds. */
export interface LoadoutView {
  domain: Domain
  loadout: string
  title: string
  status: LoadoutStatus
  done: number
  /** Null while it is not known. */
  total: number | null
  counts: Counts
  startedAt: number | null
  readyAt: number | null
  setup: number | null
  run: number | null
  cleanup: number | null
}

export interface ServiceView {
  name: string
  model: string
  domain: Domain
  loadout: string
  pid: number
  port: number | null
  state: 'starting' | 'ready'
  since: number
  /** GB that it holds with all that it started, on the host and on the GPUs; null where unknown. */
  rss: number | null
  vram: number | null
  /** File name in the session. */
  log: string
}

/** A GPU at its last sample; GB, null where unknown. */
export interface GpuView {
  index: number
  name: string
  used: number | null
  total: number | null
  /** Before the loadout, and the most since then. */
  prior: number | null
  peak: number | null
  utilization: number | null
  throttled: boolean
}

/** A result that is worth a line at the end. */
export interface NotableResult {
  name: string
  loadout: string
  status: ScenarioStatus
  duration: number | null
  reason: string
  /** Where its log lines are: `svc_….log, bytes 12–34`; null without any. */
  log: { file: string; from: number; to: number } | null
}

/** What the screen shows, folded from events; its size does not grow with the number of results. */
export interface DashboardModel {
  session: string
  plan: string
  startedAt: number | null
  endedAt: number | null
  status: RunStatus | null
  isDead: boolean
  /** Its process is gone, whatever it has recorded. */
  isLost: boolean
  /** Time of the newest event, in milliseconds since the epoch. */
  lastAt: number
  /** Why it is being cancelled. */
  cancelled: string | null
  total: number | null
  done: number
  counts: Counts
  /** In the order of the plan. */
  loadouts: LoadoutView[]
  byKey: Map<string, LoadoutView>
  current: LoadoutView | null
  services: ServiceView[]
  /** File name of the log of the service that was started last. */
  lastLog: string | null
  action: { text: string; since: number }
  /** What still takes its time after the end of the run. */
  late: { text: string; since: number; quitWord: string | null } | null
  /** Scenarios that run, by id. */
  running: Map<string, { name: string; since: number }>
  cpu: number | null
  ram: { used: number; total: number } | null
  /** Null before the first sample. */
  gpus: GpuView[] | null
  /** GB that each GPU held before the current loadout, by its index, where that was told. */
  prior: ReadonlyMap<number, number | null>
  isStale: boolean
  sampledAt: number
  /** Seconds between samples. */
  sampleInterval: number
  story: LineBuffer
  errors: LineBuffer
  slowest: NotableResult[]
  failures: NotableResult[]
  isLeaking: boolean
}

/** The lines of `progression.log` for an event. */
export type Describe = (entry: JournalEntry) => readonly string[]

/** A run of which nothing is known yet. */
export function newModel(now: number): DashboardModel {
  return {
    session: '',
    plan: '',
    startedAt: null,
    endedAt: null,
    status: null,
    isDead: false,
    isLost: false,
    lastAt: now,
    cancelled: null,
    total: null,
    done: 0,
    counts: noCounts(),
    loadouts: [],
    byKey: new Map(),
    current: null,
    services: [],
    lastLog: null,
    action: { text: 'Starting', since: now },
    late: null,
    running: new Map(),
    cpu: null,
    ram: null,
    gpus: null,
    prior: new Map(),
    isStale: false,
    sampledAt: now,
    sampleInterval: 1,
    story: lineBuffer(STORY_LINES),
    errors: lineBuffer(ERROR_LINES),
    slowest: [],
    failures: [],
    isLeaking: false,
  }
}

export function noCounts(): Counts {
  return { passed: 0, failed: 0, skipped: 0, missing: 0, interrupted: 0 }
}
