import { loadoutKey } from '../../events/index.ts'
import { bootstrapInterval } from '../../metrics/distribution.ts'
import { pooledErrorRate } from '../../metrics/error-rate.ts'
import { mean } from '../../metrics/latency.ts'
import type { LoadoutReport } from '../session/types.ts'
import { type Case, samplesOf, type Sample, type Side } from './cases.ts'
import { changeOf, isBeyond, relativeOf, single } from './change.ts'
import { type Measure, measureOf, rankOf } from './measure.ts'
import type { LoadoutChange, LoadoutNumber } from './types.ts'

/** Numbers that a session tells of a loadout as a whole. */
const OF_LOADOUTS = {
  setup_time: 'setupTime',
  cleanup_time: 'cleanupTime',
  vram_loaded: 'vramLoaded',
  vram_peak: 'vramPeak',
  vram_after: 'vramAfter',
} as const satisfies Record<string, keyof LoadoutReport>

/** How each loadout of both sessions did, over the scenarios that passed in both. */
export function compareLoadouts(a: Side, b: Side, threshold: number): LoadoutChange[] {
  const pairs = Map.groupBy(pairsOf(a, b), ([one]) => loadoutKey(one))
  const measures = a.measures.list.filter(({ key }) => b.measures.positionOf(key) !== null)
  return a.report.loadouts.flatMap((left) => {
    const right = b.report.loadouts.find((other) => keyOf(other) === keyOf(left))
    if (right === undefined) return []
    const own = pairs.get(keyOf(left)) ?? []
    const numbers = measures.map((measure) => overScenarios(measure, a, b, own, threshold))
    const whole = Object.entries(OF_LOADOUTS).map(([key, field]) =>
      ofLoadout(measureOf(key), left[field], right[field], threshold),
    )
    const told = new Set(whole.flatMap((number) => (number === null ? [] : [number.key])))
    const changes = [...numbers.filter((each) => each && !told.has(each.key)), ...whole]
      .filter((each) => each !== null)
      .toSorted((one, other) => rankOf(one.key) - rankOf(other.key))
    const title = left.models.join(' + ') || left.loadout
    return [{ domain: left.domain, loadout: title, scenarios: own.length, changes }]
  })
}

/** Cases that passed in both, each with itself. */
function pairsOf(a: Side, b: Side): [Case, Case][] {
  return [...a.cases.values()].flatMap((left): [Case, Case][] => {
    const right = b.cases.get(left.key)
    return right && passes(left) && passes(right) ? [[left, right]] : []
  })
}

function passes({ attempts }: Case): boolean {
  return attempts.every(({ status }) => status === 'PASSED')
}

function overScenarios(
  measure: Measure,
  a: Side,
  b: Side,
  pairs: readonly [Case, Case][],
  threshold: number,
): LoadoutNumber | null {
  const samples = pairs.flatMap(([left, right]) => {
    const both = samplesOf([left, a.measures], [right, b.measures], measure)
    return both === null ? [] : [both]
  })
  if (samples.length === 0) return null
  const centers = (side: 0 | 1): Sample => {
    const values = samples.map((both) => both[side].center)
    const counts = samples.flatMap((both) => both[side].counts ?? [])
    const isCounted = samples.every((both) => both[side].counts !== null)
    const center = (isCounted ? pooledErrorRate(counts) : null) ?? mean(values) ?? 0
    return { values, center, counts: isCounted ? counts : null }
  }
  const [left, right] = [centers(0), centers(1)]
  const plain = changeOf(measure, single(left.center), single(right.center), threshold)
  const n: [number, number] = [left.values.length, right.values.length]
  const number: LoadoutNumber = { ...withoutIntervals(plain), n, by: 'threshold', interval: null }
  const isRatio =
    measure.aspect === 'speed' && [...left.values, ...right.values].every((v) => v > 0)
  return isRatio ? byRatios(measure, number, samples, threshold) : number
}

/** A ratio weighs a scenario of a tenth of a second as much as one of a minute. */
function byRatios(
  measure: Measure,
  number: LoadoutNumber,
  samples: readonly [Sample, Sample][],
  threshold: number,
): LoadoutNumber {
  const logs = samples.map(([a, b]) => Math.log(b.center / a.center))
  const relative = Math.exp(mean(logs) ?? 0) - 1
  const bounds = bootstrapInterval(logs)
  const interval = bounds && { low: Math.exp(bounds.low) - 1, high: Math.exp(bounds.high) - 1 }
  const isClear = interval === null || interval.low > 0 || interval.high < 0
  const beyond = Math.abs(relative) > threshold && isBeyond(measure, number.a, number.b, 0)
  const isWorse = measure.better === 'lower' ? relative > 0 : relative < 0
  const verdict = isClear && beyond ? (isWorse ? 'worse' : 'better') : 'same'
  return { ...number, relative, interval, by: interval === null ? 'threshold' : 'pairs', verdict }
}

function ofLoadout(
  measure: Measure | null,
  a: number | null,
  b: number | null,
  threshold: number,
): LoadoutNumber | null {
  if (measure === null || a === null || b === null) return null
  const change = withoutIntervals(changeOf(measure, single(a), single(b), threshold))
  return { ...change, relative: relativeOf(a, b), by: 'threshold', interval: null }
}

function withoutIntervals({
  by: _by,
  intervals: _intervals,
  ...rest
}: ReturnType<typeof changeOf>) {
  return rest
}

function keyOf({ domain, loadout, models }: LoadoutReport): string {
  return loadoutKey({ domain, loadout: models.join(' + ') || loadout })
}
