import type { SessionVerdict } from '../../events/index.ts'
import type { SessionReport } from './types.ts'

/** What became of a run, in one word or two. */
export type Outcome =
  | 'passed'
  | 'failed'
  | 'interrupted'
  | Exclude<SessionVerdict, 'whole' | 'cancelled'>

/** What became of a run; of one that is not all there, what its results say is not the point. */
export function outcomeOf({
  judgement: { verdict },
  result,
}: Pick<SessionReport, 'judgement' | 'result'>): Outcome {
  if (verdict !== 'whole' && verdict !== 'cancelled') return verdict
  if (result === 'PASSED') return 'passed'
  return result === 'INTERRUPTED' ? 'interrupted' : 'failed'
}

/** An outcome as it is read: `cut off`. */
export function outcomeText(outcome: Outcome): string {
  return outcome.replace('_', ' ')
}
