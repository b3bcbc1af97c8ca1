import {
  type JournalEntry,
  type LoadoutFold,
  newFold,
  type RunFold,
  type ServiceFold,
} from '../events/index.ts'
import type { HostsModel } from './hosts/types.ts'
import { type LineBuffer, lineBuffer } from './line-buffer.ts'

/** Lines that can be scrolled back to. */
const STORY_LINES = 1_000
const ERROR_LINES = 300

/** A GPU at its last sample; GB, null where unknown. */
export interface GpuView {
  index: number
  name: string
  used: number | null
  total: number | null
  /** Before the loadout, and the most since then. */
  prior: number | null
  peak: number | null
  /** What will be in use once all of the loadout is loaded, where that is foreseen and it is not yet. */
  need: number | null
  utilization: number | null
  throttled: boolean
}

/** A result that took long. */
export interface SlowResult {
  name: string
  loadout: string
  /** Seconds. */
  duration: number
}

/** What the screen shows, folded from events; its size does not grow with the number of results. */
export interface DashboardModel {
  run: RunFold
  /** Its process is gone, whatever it has recorded. */
  isLost: boolean
  /** Time of the newest event, in milliseconds since the epoch. */
  lastAt: number
  action: { text: string; since: number }
  /** What still takes its time after the end of the run. */
  late: { text: string; since: number; quitWord: string | null } | null
  cpu: number | null
  ram: { used: number; total: number } | null
  /** Null before the first sample. */
  gpus: GpuView[] | null
  /**
   * GB that each GPU held before the current loadout, by its index, where that was told; null where it was not and
   * nothing of it is loaded yet.
   */
  prior: ReadonlyMap<number, number | null> | null
  /** GB that the loadout which is being loaded needs of each GPU, by its index; null while nothing is foreseen. */
  need: ReadonlyMap<number, number> | null
  isStale: boolean
  sampledAt: number
  /** Seconds between samples. */
  sampleInterval: number
  story: LineBuffer
  errors: LineBuffer
  slowest: SlowResult[]
  /** The parts of a divided run, where the screen shows one; `run` is then their sum. */
  hosts: HostsModel | null
}

/** The lines of `progression.log` for an event. */
export type Describe = (entry: JournalEntry) => readonly string[]

/** A run of which nothing is known yet. */
export function newModel(now: number): DashboardModel {
  return {
    run: newFold(''),
    isLost: false,
    lastAt: now,
    action: { text: 'Starting', since: now },
    late: null,
    cpu: null,
    ram: null,
    gpus: null,
    prior: new Map(),
    need: null,
    isStale: false,
    sampledAt: now,
    sampleInterval: 1,
    story: lineBuffer(STORY_LINES),
    errors: lineBuffer(ERROR_LINES),
    slowest: [],
    hosts: null,
  }
}

/** Services that run; after the end of a run none does. */
export function activeServices({ end, services }: RunFold): ServiceFold[] {
  return end === null ? services.filter(({ state }) => state !== 'exited') : []
}

/** What a loadout is called. */
export function titleOf({ models, loadout }: Pick<LoadoutFold, 'models' | 'loadout'>): string {
  return models.length > 0 ? models.join(' + ') : loadout
}
