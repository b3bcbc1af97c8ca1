/**
 * What workers note while a run goes on about the logs of services: which bytes were written for which test. It is a
 * file of lines, in the directory of the session, that all workers append to: a line is there for the main process
 * when the call that writes it returns, and those of all workers are in one order.
 */
export const LOG_NOTES = '.log-notes'

/** A line of it. `file` is a log as rows name it, a place in it is in bytes. */
export type LogNote =
  /** A repeat of a test begins. */
  | { type: 'began'; test: string; repeat: number; logs: BegunLog[] }
  /** It has turned out to begin later: what came by then was another's. */
  | { type: 'moved'; test: string; repeat: number; logs: BegunLog[] }
  /**
   * It has ended. Until `until`, in milliseconds since the epoch, a line may still be its own: then this is said once
   * more with the last word, and null.
   */
  | { type: 'ended'; test: string; repeat: number; logs: EndedLog[]; until: number | null }
  /** Who caused these bytes cannot be told: another request was under way, and the answer before had just come. */
  | { type: 'doubt'; file: string; from: number; to: number }

export interface BegunLog {
  service: string
  file: string
  from: number
}

export interface EndedLog extends BegunLog {
  to: number
}
