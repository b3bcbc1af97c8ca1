import type { ProcessIdentity } from '../../host/process-identity.ts'
import type { Holding } from '../warm/holding.ts'
import type { Leader } from './end-processes.ts'

/** A process that is ended with its tree, and with whatever carries its tag, an entry of the environment. */
export type Watched = Leader & { tag?: string }

/** What the run tells its watchdog: one JSON object a line. */
export type GuardMessage =
  | ({ type: 'watch' } & Watched)
  /** What stays up when the run goes, however it goes; null: nothing does. */
  | { type: 'keep'; holding: Holding | null }
  /** All is well, and what is kept stays up for so many seconds; exit where that is nothing. */
  | { type: 'leave'; idle: number }
  /** What the watchdog of a run is told to keep is watched over by this one: it acts only when both are gone. */
  | { type: 'stand_behind'; run: ProcessIdentity | null; holding: Holding | null }
  | { type: 'forget'; pid: number }
  /** A later session in the same process: what it starts is ended and it is the one that is completed. */
  | { type: 'attach'; session: string }
  /** All is well: exit without doing anything. */
  | { type: 'end' }

/**
 * The environment variable with what a watchdog is told as it is started, as a JSON list: a run may be killed right after
 * that, before it has written anything.
 */
export const FIRST_WORDS = 'JARVIS_WATCHED'

/** The line that the watchdog says when it listens. */
export const READY = 'ready'

/** The line that it says when somebody wants what the run keeps warm and does not use. */
export const WANTED = 'wanted'

/** The descriptor of the terminal in the watchdog, where the run has one. */
export const TERMINAL_FD = 3
