import { noCounts } from '../counts.ts'
import type { Counts, RunStatus } from '../event.ts'
import { loadoutKey } from '../loadout-key.ts'
import type { CauseFold } from './cause-fold.ts'
import {
  higher,
  type LoadoutFold,
  type LoadoutStatus,
  newLoadout,
  statusOf,
} from './loadout-fold.ts'
import { newFold, type RunEnd, type RunFold } from './run-fold.ts'

/**
 * A run that is divided over hosts, as one: what its parts come to together. A loadout whose files are divided among parts is
 * one loadout. It ends once all of its parts have ended. Services are left to the parts: their processes are on other hosts.
 *
 * @param folds - the parts that have begun, in their order
 * @param count - how many parts there are
 */
export function sumOfFolds(session: string, folds: readonly RunFold[], count: number): RunFold {
  const sum = newFold(session)
  const isComplete = folds.length >= count
  sum.isLeast = !isComplete
  for (const fold of folds) {
    const { begin } = fold
    if (begin !== null && begin.time === earlier(begin.time, sum.begin?.time)) sum.begin = begin
    sum.firstAt = earlier(fold.firstAt, sum.firstAt)
    sum.lastAt = later(fold.lastAt, sum.lastAt)
    sum.firstResultAt = earlier(fold.firstResultAt, sum.firstResultAt)
    for (const view of fold.loadouts) addLoadout(sum, view, statusOf(view, fold))
    for (const [id, started] of fold.running) sum.running.set(id, started)
    for (const cause of fold.causes.values()) addCause(sum.causes, cause, fold.session)
    addCounts(sum.counts, fold.counts)
    sum.done += fold.done
    sum.isLeast ||= fold.isLeast
    sum.vramPeak = higher(sum.vramPeak, fold.vramPeak)
    sum.errors.push(...fold.errors)
  }
  const totals = folds.map(({ expected }) => expected)
  sum.expected = sumOrNull(totals)
  sum.loadouts.sort(planOrder(folds))
  sum.current = currentOf(sum, folds)
  sum.end = isComplete ? endOf(sum, folds) : null
  return sum
}

function addLoadout(sum: RunFold, view: LoadoutFold, status: LoadoutStatus): void {
  const key = loadoutKey(view)
  const known = sum.inner.byKey.get(key)
  if (known === undefined) {
    const added: LoadoutFold = { ...newLoadout(view), ...view, status, counts: { ...view.counts } }
    sum.inner.byKey.set(key, added)
    sum.loadouts.push(added)
    return
  }
  if (known.models.length === 0) known.models = view.models
  known.status = laterStatus(known.status, status)
  addCounts(known.counts, view.counts)
  known.done += view.done
  known.expected = sumOrNull([known.expected, view.expected])
  known.scenarioTime += view.scenarioTime
  known.startedAt = earlier(view.startedAt, known.startedAt)
  known.readyAt = earlier(view.readyAt, known.readyAt)
  known.stoppedAt = later(view.stoppedAt, known.stoppedAt)
  // Its parts have it up side by side: what one waits for is the longest of them.
  known.setupTime = higher(known.setupTime, view.setupTime)
  known.runTime = higher(known.runTime, view.runTime)
  known.cleanupTime = higher(known.cleanupTime, view.cleanupTime)
  known.vramPeak = higher(known.vramPeak, view.vramPeak)
  known.failure ??= view.failure
  known.restarts += view.restarts
}

/** What goes on counts before what is to come, and that before what is over; a failure is told in any case but the first. */
const ORDER: readonly LoadoutStatus[] = ['ready', 'starting', 'failed', 'waiting', 'stopped']

function laterStatus(one: LoadoutStatus, other: LoadoutStatus): LoadoutStatus {
  return ORDER.indexOf(one) <= ORDER.indexOf(other) ? one : other
}

/** One cause has one id on all hosts. Its log lies in the session of its part. */
function addCause(causes: Map<string, CauseFold>, cause: CauseFold, session: string): void {
  const known = causes.get(cause.id)
  if (known !== undefined) {
    addCounts(known.counts, cause.counts)
    known.loadouts.push(...cause.loadouts.filter((name) => !known.loadouts.includes(name)))
    return
  }
  const { log } = cause.first
  const first = { ...cause.first, log: log && { ...log, file: `${session}/${log.file}` } }
  const [counts, loadouts] = [{ ...cause.counts }, [...cause.loadouts]]
  causes.set(cause.id, { ...cause, counts, loadouts, first })
}

/** As the whole plan has them, as far as parts tell. */
function planOrder(folds: readonly RunFold[]): (one: LoadoutFold, other: LoadoutFold) => number {
  const places = new Map<string, number>()
  for (const { begin } of folds) {
    for (const each of begin?.loadouts ?? []) {
      if (each.at !== undefined) places.set(loadoutKey(each), each.at)
    }
  }
  const placeOf = (view: LoadoutFold): number => places.get(loadoutKey(view)) ?? Infinity
  return (one, other) => (placeOf(one) === placeOf(other) ? 0 : placeOf(one) - placeOf(other))
}

/** What is up in the first part that has anything up. */
function currentOf(sum: RunFold, folds: readonly RunFold[]): LoadoutFold | null {
  for (const { current, end } of folds) {
    if (current !== null && end === null) return sum.inner.byKey.get(loadoutKey(current)) ?? null
  }
  return null
}

/** As bad as the worst of its parts, with the worst first. */
const WORST: readonly RunStatus[] = ['DIED', 'INTERRUPTED', 'FAILED', 'PASSED']

function endOf(sum: RunFold, folds: readonly RunFold[]): RunEnd | null {
  const ends = folds.map(({ end }) => end).filter((end) => end !== null)
  const last = ends.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time)).at(-1)
  if (last === undefined || ends.length < folds.length) return null
  const began = Date.parse(sum.begin?.time ?? last.time)
  return {
    type: 'run_ended',
    time: last.time,
    status: WORST.find((status) => ends.some((end) => end.status === status)) ?? 'PASSED',
    counts: sum.counts,
    duration: Math.max(0, (Date.parse(last.time) - began) / 1_000),
    recorded_by: ends.find(({ recorded_by: by }) => by !== 'run')?.recorded_by ?? 'run',
    expected: sum.expected,
  }
}

function addCounts(sum: Counts, more: Counts): void {
  for (const key of Object.keys(noCounts()) as (keyof Counts)[]) sum[key] += more[key]
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  let sum = 0
  for (const value of values) {
    if (value === null) return null
    sum += value
  }
  return sum
}

type Time = string | null | undefined

/** Of two times as the journal has them, of which one may not be known. */
function earlier(one: Time, other: Time): string | null {
  const first = one ?? other ?? null
  if (first === null || !other) return first
  return Date.parse(first) <= Date.parse(other) ? first : other
}

function later(one: Time, other: Time): string | null {
  const first = one ?? other ?? null
  if (first === null || !other) return first
  return Date.parse(first) >= Date.parse(other) ? first : other
}
