import type { EventOf, JournalEntry, RunFold } from '../../events/index.ts'

/** A part of a divided run as it is told of: one line of the screen. */
export interface PartView {
  /** From 1. */
  index: number
  /** Name of its host; null where it has not begun, or does not say. */
  host: string | null
  /** Directory of its session, absolute; null where it has not begun. */
  session: string | null
  /** How it goes; `waiting`: it has not begun. */
  life: 'waiting' | 'running' | 'late' | 'dead' | 'ended'
  /** Seconds since it was seen to write. */
  silentFor: number
  /** Its number among the attempts of this part, from 1; 0 where it has not begun. */
  attempt: number
  /** Null where it has not begun. */
  fold: RunFold | null
  sample: EventOf<'sample'> | null
}

/** A divided run: all of its parts, in their order. */
export interface HostsView {
  /** What it is called: `run 4711`. */
  name: string
  parts: readonly PartView[]
}

/** What the screen keeps of a divided run. */
export interface HostsModel extends HostsView {
  /** The last line of the story of each part, by its index. */
  lines: Map<number, string>
}

/** Events of one part, in order. */
export interface PartNews {
  index: number
  entries: readonly JournalEntry[]
}
