import type { SessionJudgement } from '../../events/index.ts'

/** Something of a session that is not as its run has left it. */
export interface Difference {
  /** From the session's directory. */
  file: string
  /** The rest of a sentence that begins with the file. */
  what: string
  /** Whether it follows from the rest, so that `jarvis recover` puts it right. */
  mendable: boolean
}

/** What was found of a session. */
export interface Verification {
  name: string
  /** Absolute path. */
  directory: string
  /** `unknown`: it cannot be judged. */
  verdict: 'intact' | 'differs' | 'unknown'
  /** The journal tells the end of the run. */
  hasEnd: boolean
  judgement: SessionJudgement
  differences: Difference[]
  /** What whoever hands the session on should know. */
  notes: string[]
  /** How much was looked at. */
  looked: { events: number; results: number; attachments: number; logs: number }
}
