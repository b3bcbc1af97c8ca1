import {
  incompleteText,
  isMerged,
  type LoadoutFold,
  type RunFold,
  type SessionJudgement,
  type SessionVerdict,
  sumOf,
} from '../events/index.ts'
import { elsewhereOf, elsewhereText, type Life, mayLive } from './lock/life.ts'
import { actionMoment } from './moment.ts'
import type { SessionState } from './projections/state.ts'

/** What a session is judged by. */
export interface Evidence {
  /** What its journal says; where there is none, its `state.json`. */
  run: RunFold
  hasJournal: boolean
  /** Results that are there, wherever they were found. */
  done: number
  /** `state.json`. */
  stated: SessionState | null
  /** Whether the run lives. */
  life: Life
  /** Names of scenarios that were running when the run died. */
  broken: readonly string[]
  /** What of journal and results is not as it was written, a sentence each. */
  damage: readonly string[]
}

/** Of a time as files have it: what follows are fractions and the offset. */
const LENGTH_TO_SECONDS = 19

/** Judges a session. */
export function judgeSession(evidence: Evidence): SessionJudgement {
  const { run, hasJournal, life, damage } = evidence
  if (!hasJournal) {
    return told('results_only', 'Only results are here: nothing tells whether the run was whole')
  }
  const isOpen = run.end === null
  if (isOpen && isCutOff(evidence)) return told('cut_off', cutOffText(evidence))
  const [first] = damage
  if (first !== undefined) {
    const more = damage.length > 1 ? ` (and ${damage.length - 1} more)` : ''
    return told('damaged', `The session is damaged: ${first.replace(/\.$/, '')}${more}`)
  }
  const elsewhere = elsewhereOf(life)
  if (isOpen && mayLive(life)) {
    const how =
      elsewhere === null ? 'The run still goes on' : `The run is ${elsewhereText(elsewhere)}`
    return told('running', `${how}${comeText(evidence)}`)
  }
  if (isOpen && elsewhere !== null) {
    return told('died', `The run is ${elsewhereText(elsewhere)}${absentText(evidence)}`)
  }
  if (run.end === null || run.end.recorded_by !== 'run') {
    return told('died', `The run died ${momentText(evidence)}${absentText(evidence)}`)
  }
  const merged = run.begin?.merged
  if (merged !== undefined && !isMerged(merged)) {
    return told('incomplete', incompleteText(merged))
  }
  if (run.cancelled !== null || run.end.status === 'INTERRUPTED') {
    const reason = run.cancelled === null ? '' : ` (${run.cancelled})`
    return told('cancelled', `The run was cancelled${reason}${absentText(evidence)}`)
  }
  const absent = absentOf(run, evidence.done)
  if (absent === 0) return told('whole', wholeText(evidence))
  const all = evidence.done + absent
  return told('cut_off', `The run ended, and ${absent} of ${all} results did not come`)
}

function told(verdict: SessionVerdict, text: string): SessionJudgement {
  return { verdict, sentence: `${text}.` }
}

/** The journal says less than the state that was written after it. */
function isCutOff({ run, stated }: Evidence): boolean {
  if (stated === null) return false
  return stated.status !== 'running' || stated.journal.seq > (run.seq ?? 0)
}

function cutOffText({ run, stated, done }: Evidence): string {
  const until = run.lastAt === null ? '' : `, at ${clockText(run.lastAt)}`
  const known = stated?.totals.done ?? 0
  const lost = known > done ? `: ${known - done} of ${known} results are lost` : ''
  return `The journal ends before the run did${until}${lost}`
}

function momentText({ run, stated, broken }: Evidence): string {
  const seen = run.lastSign?.time ?? stated?.updated_at
  const time = seen === undefined ? '' : `, last heard of at ${clockText(seen)}`
  return `${actionMoment(run.action, broken)}${time}`
}

function clockText(time: string): string {
  return time.slice(0, LENGTH_TO_SECONDS).replace('T', ' ')
}

function wholeText({ done }: Evidence): string {
  if (done === 0) return 'The run is whole: no result was expected'
  return done === 1
    ? 'The run is whole: its only result came'
    : `The run is whole: all ${done} results came`
}

function comeText({ run: { expected, isLeast }, done }: Evidence): string {
  const of = isLeast ? 'of at least' : 'of'
  return expected === null
    ? ''
    : `: ${Math.min(done, expected)} ${of} ${expected} results have come`
}

function absentText({ run, done }: Evidence): string {
  const absent = absentOf(run, done)
  const least = run.isLeast ? 'at least ' : ''
  return absent === 0 ? '' : `: ${least}${absent} of ${done + absent} results did not come`
}

/** How many of the results that were expected are not there: as the end states it, else by what was expected. */
export function absentOf({ end, expected }: Pick<RunFold, 'end' | 'expected'>, done: number) {
  if (end?.absent !== undefined) return Math.max(0, (end.expected ?? done) - done)
  // Runs of before expected a row for each repeat of what was skipped or missing: at their own end all had come.
  if (end?.recorded_by === 'run' && end.status !== 'INTERRUPTED') return 0
  return Math.max(0, (expected ?? 0) - done)
}

/** What the end of a run says of results that the journal lacks, a sentence each. */
export function damageOfEnd({ end, counts }: Pick<RunFold, 'end' | 'counts'>): string[] {
  if (end === null) return []
  const lost = end.lost?.results ?? 0
  if (lost > 0) {
    const what = lost === 1 ? '1 result was lost' : `${lost} results were lost`
    return [`${what}, as events.jsonl could not be written`]
  }
  const [stated, found] = [sumOf(end.counts), sumOf(counts)]
  if (stated === found) return []
  return [`events.jsonl holds ${found} results of ${stated} that its end counts`]
}

const PART_LACKS = 'the part that had them is not whole'

/** What did not come of each loadout, and why: what the end of a run records. */
export function absentRows(
  { begin, loadouts, cancelled }: Pick<RunFold, 'begin' | 'loadouts' | 'cancelled'>,
  recordedBy: 'run' | 'watchdog' | 'recovery',
): NonNullable<NonNullable<RunFold['end']>['absent']> {
  return loadouts.flatMap((view) => {
    const rows = (view.expected ?? 0) - view.done
    const { domain, loadout } = view
    if (rows <= 0) return []
    const why = begin?.merged ? PART_LACKS : whyAbsent(view, cancelled, recordedBy)
    return [{ domain, loadout, rows, why }]
  })
}

function whyAbsent(
  { failure, counts }: LoadoutFold,
  cancelled: string | null,
  recordedBy: 'run' | 'watchdog' | 'recovery',
): string {
  if (recordedBy !== 'run') return 'the run died before'
  if (cancelled !== null) return cancelled
  if (failure !== null) return failure
  return sumOf(counts) === 0 ? 'nothing of it ran' : 'nothing was reported of them'
}
