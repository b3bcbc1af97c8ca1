/**
 * What a session is as a record of its run. `cut_off`: its journal ends before the run did. `damaged`: what it holds is
 * not what was written. `incomplete`: it was merged, and not all parts are here and whole. `results_only`: there is no journal, so nobody can tell whether the run was whole.
 */
export type SessionVerdict =
  | 'whole'
  | 'running'
  | 'cancelled'
  | 'died'
  | 'cut_off'
  | 'incomplete'
  | 'damaged'
  | 'results_only'

/** The one judgement of a session, which everything that speaks of it repeats. */
export interface SessionJudgement {
  verdict: SessionVerdict
  /** Says it to a person, with what is missing. */
  sentence: string
}
