import { pooledMean, type Range, medianInterval, shareInterval } from '../../metrics/sure.ts'
import { type About, isSpeed } from '../../metrics/speed-keys.ts'
import { median, speedRatio } from '../../metrics/speed-ratio.ts'
import { commonMedians, medianOf } from '../speed/medians.ts'
import type { Attempt, Night } from './night.ts'
import type { Measured, Point, Series } from './types.ts'

/** Scenarios that are named of those that a ratio is without. */
const MOST_NAMED = 20

/** The nights of one loadout or scenario as a series, oldest first. */
export function seriesOf(metric: string, nights: readonly Night[]): Series {
  const [first] = nights
  const about = nights.find((night) => night.about !== undefined)?.about
  const measured = measuredAs(metric, about, nights)
  const reference = measured === 'ratio' ? referenceOf(metric, nights) : null
  const points = nights.map((night): Point => {
    const { session, startedAt } = night
    const nothing = { value: null, interval: null, n: 0, without: [] }
    return {
      session,
      startedAt,
      ...nothing,
      ...tellingOf(metric, about, night, measured, reference),
    }
  })
  return {
    domain: first?.domain ?? '',
    loadout: first?.loadout ?? '',
    scenario: first?.scenario ?? onlyScenario(metric, about, nights),
    measured,
    reference: reference && { session: reference.session, startedAt: reference.startedAt },
    points,
  }
}

/** Replies of different length are no measure of each other: of several scenarios only ratios can be followed. */
function measuredAs(metric: string, about: About, nights: readonly Night[]): Measured {
  if (metric === 'pass_rate') return 'share'
  if (about === undefined || !isSpeed(metric, about)) return 'value'
  return onlyScenario(metric, about, nights) === null ? 'ratio' : 'value'
}

/** The one scenario that a loadout's speed is told by; null where there are more. */
function onlyScenario(metric: string, about: About, nights: readonly Night[]): string | null {
  const [first, ...others] = new Set(nights.flatMap(({ cases }) => [...cases.keys()]))
  const isOne = about !== undefined && isSpeed(metric, about) && others.length === 0
  return isOne ? (first ?? null) : null
}

/** The night on which most scenarios passed with the number, the oldest of those. */
function referenceOf(metric: string, nights: readonly Night[]): Night | null {
  const known = (night: Night): number =>
    [...night.cases.values()].filter((one) => passes(one) && isTold(one, metric)).length
  const counts = nights.map(known)
  const most = Math.max(0, ...counts)
  return most === 0 ? null : (nights[counts.indexOf(most)] ?? null)
}

type Telling = Partial<Pick<Point, 'value' | 'interval' | 'n' | 'without'>>

function tellingOf(
  metric: string,
  about: About,
  night: Night,
  measured: Measured,
  reference: Night | null,
): Telling {
  if (measured === 'share') return shareOf(night)
  if (measured === 'ratio') return reference === null ? {} : ratioOf(metric, night, reference)
  if (night.own !== null) return { value: night.own, n: 1 }
  return about !== undefined && isSpeed(metric, about)
    ? timeOf(night)
    : poolOf(metric, about, night)
}

/** Of what ran: what was skipped says nothing. */
function shareOf({ cases }: Night): Telling {
  const ran = [...cases.values()].flat()
  const passed = ran.filter(({ status }) => status === 'PASSED').length
  if (ran.length === 0) return {}
  return { value: passed / ran.length, interval: shareInterval(passed, ran.length), n: ran.length }
}

function ratioOf(metric: string, night: Night, reference: Night): Telling {
  const without: string[] = []
  const pairs = [...reference.cases].flatMap(([name, before]) => {
    const now = night.cases.get(name) ?? []
    if (!passes(before) || !isTold(before, metric)) return []
    const [from, to] =
      (passes(now) ? commonMedians([before, now].map(medianOf), metric) : null) ?? []
    if (from !== undefined && to !== undefined) return [{ from, to }]
    without.push(name)
    return []
  })
  const found = speedRatio(pairs)
  const interval = night === reference ? null : (found?.interval ?? null)
  const named = without.slice(0, MOST_NAMED)
  return { value: found?.ratio ?? null, interval, n: found?.n ?? 0, without: named }
}

/** How fast one scenario was: the median of its repeats that passed, of warm ones where there are any. */
function timeOf({ cases }: Night): Telling {
  const passed = [...cases.values()].flat().filter(({ status }) => status === 'PASSED')
  const known = passed.filter(({ value }) => value !== null)
  const warm = known.filter(({ cold }) => !cold)
  const values = (warm.length > 0 ? warm : known).map(({ value }) => value ?? 0)
  return { value: median(values), interval: medianInterval(values), n: values.length }
}

/** What is no matter of speed: of failed replies as well, error rates over all counts together, `vram_peak` the highest. */
function poolOf(metric: string, about: About, { cases }: Night): Telling {
  const known = [...cases.values()].map((attempts) => attempts.filter(isKnown))
  const all = known.flat()
  if (all.length === 0) return {}
  if (metric === 'vram_peak') return { value: Math.max(...all.map(valueOf)), n: all.length }
  const isCounted = all.every(({ counts }) => counts !== null)
  const counted = isCounted ? pooledMean(known.map(errorsOf)) : null
  const groups = known.map((one) => ({ y: sumOf(one.map(valueOf)), x: one.length }))
  const found = counted ?? pooledMean(groups)
  if (found === null) return {}
  return { value: found.value, interval: within(found.interval, about), n: all.length }
}

function passes(attempts: readonly Attempt[]): boolean {
  return attempts.length > 0 && attempts.every(({ status }) => status === 'PASSED')
}

function isTold(attempts: readonly Attempt[], metric: string): boolean {
  return commonMedians([medianOf(attempts)], metric) !== null
}

function isKnown({ status, value }: Attempt): boolean {
  return value !== null && (status === 'PASSED' || status === 'FAILED')
}

function valueOf({ value }: Attempt): number {
  return value ?? 0
}

/** Errors, and the words or characters that they are of. */
function errorsOf(attempts: readonly Attempt[]): { y: number; x: number } {
  const sum = (kinds: readonly number[]): number =>
    sumOf(attempts.map(({ counts }) => sumOf(kinds.map((kind) => counts?.[kind] ?? 0))))
  return { y: sum([0, 1, 2]), x: sum([0, 1, 3]) }
}

/** No rate is below 0, and no likeness above 1. */
function within(interval: Range | null, about: About): Range | null {
  if (interval === null) return null
  const most = about?.unit === '0–1' ? 1 : Infinity
  return { low: Math.max(0, interval.low), high: Math.min(most, interval.high) }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
