import type { Domain } from '../../events/index.ts'

/** What became of a gate. */
export interface Verdict {
  /** As the plan has it: `max_wer`. */
  gate: string
  /** What it was narrowed to; null: nothing. */
  scope: { domain: Domain | null; loadout: string | null } | null
  status: 'held' | 'broken' | 'not_judged'
  limit: number
  /** The number of the worst loadout; null where there is none. */
  actual: number | null
  /** A sentence without the gate's name. */
  message: string
}

export interface JudgeOptions {
  /** Whether all that was to run did; a run that is just ending knows better than its directory. */
  isComplete?: boolean
  /** The directory that a baseline means; null where there is none. */
  findBaseline: (named: string) => Promise<string | null>
}

/** What is left to say of a gate besides its name. */
export type Judgement = Pick<Verdict, 'status' | 'actual' | 'message'>

export function held(actual: number | null, message: string): Judgement {
  return { status: 'held', actual, message }
}

export function broken(actual: number | null, message: string): Judgement {
  return { status: 'broken', actual, message }
}

export function notJudged(message: string, actual: number | null = null): Judgement {
  return { status: 'not_judged', actual, message }
}
