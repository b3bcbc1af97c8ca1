import type { Leader } from './end-processes.ts'

/** What the run tells its watchdog: one JSON object a line. */
export type GuardMessage =
  | ({ type: 'watch' } & Leader)
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

/** The descriptor of the terminal in the watchdog, where the run has one. */
export const TERMINAL_FD = 3
