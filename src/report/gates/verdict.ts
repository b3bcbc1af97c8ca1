import type { Domain } from '../../events/index.ts'

/** What became of a gate. */
export interface Verdict {
  /** As the plan has it: `max_wer`. */
  gate: string
  /** What it was narrowed to; null: nothing. */
  scope: { domain: Domain | null; loadout: string | null } | null
  status: 'held' | 'broken' | 'not_judged' | 'cannot_tell'
  limit: number
  /** The number of the worst loadout; null where there is none. */
  actual: number | null
  /** A sentence without the gate's name. */
  message: string
  /** By the gate: what becomes of a run where it cannot be told. */
  uncertain: 'pass' | 'fail'
}

export interface JudgeOptions {
  /** Whether all that was to run did; a run that is just ending knows better than its directory. */
  isComplete?: boolean
  /** The folder of the nights before it, where the session does not lie there yet. */
  logs?: string
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

/** There are numbers, and nobody can tell by them: `needs` says what that would take. */
export function cannotTell(actual: number | null, message: string): Judgement {
  return { status: 'cannot_tell', actual, message }
}

/**
 * Whether a gate makes a run a failure. What cannot be judged fails a run of the whole plan: in a part of it some things
 * are just not there.
 */
export function failsRun(
  { status, uncertain }: Pick<Verdict, 'status' | 'uncertain'>,
  kind: 'plan' | 'partial' | null,
): boolean {
  if (status === 'cannot_tell') return uncertain === 'fail'
  return status === 'broken' || (status === 'not_judged' && kind !== 'partial')
}
