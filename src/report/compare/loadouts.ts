import { loadoutKey } from '../../events/index.ts'
import { pooledErrorRate } from '../../metrics/error-rate.ts'
import { mean } from '../../metrics/latency.ts'
import { speedRatio } from '../../metrics/speed-ratio.ts'
import type { LoadoutReport } from '../session/types.ts'
import { type Case, samplesOf, type Sample, type Side } from './cases.ts'
import { changeOf, single } from './change.ts'
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
export function compareLoadouts(a: Side, b: Side): LoadoutChange[] {
  const pairs = Map.groupBy(pairsOf(a, b), ([one]) => loadoutKey(one))
  const measures = a.measures.list.filter(({ key }) => b.measures.positionOf(key) !== null)
  return a.report.loadouts.flatMap((left) => {
    const right = b.report.loadouts.find((other) => keyOf(other) === keyOf(left))
    if (right === undefined) return []
    const own = pairs.get(keyOf(left)) ?? []
    const numbers = measures.map((measure) => overScenarios(measure, a, b, own))
    const whole = Object.entries(OF_LOADOUTS).map(([key, field]) =>
      ofLoadout(measureOf(key), left[field], right[field]),
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
): LoadoutNumber | null {
  const samples = pairs.flatMap(([left, right]) => {
    const both = samplesOf([left, a.measures], [right, b.measures], measure)
    return both === null ? [] : [both]
  })
  if (samples.length === 0) return null
  if (measure.aspect === 'speed') return byRatios(measure, samples)
  const [left, right] = [pooled(samples.map(([one]) => one)), pooled(samples.map(([, one]) => one))]
  return { ...changeOf(measure, left, right), interval: null }
}

/**
 * A ratio weighs a scenario of a tenth of a second as much as one of a minute. What was 0 has none and is left out; the
 * values that are told are geometric means over the same scenarios.
 */
function byRatios(
  measure: Measure,
  samples: readonly (readonly [Sample, Sample])[],
): LoadoutNumber | null {
  const pairs = samples
    .map(([a, b]) => ({ from: a.center, to: b.center }))
    .filter(({ from, to }) => from > 0 && to > 0)
  const ratio = speedRatio(pairs)
  if (ratio === null) return null
  const typical = (values: readonly number[]): Sample => {
    const logs = values.map((value) => Math.log(value))
    const [only = 0] = values
    const center = values.length === 1 ? only : Math.exp(mean(logs) ?? 0)
    return { values: [...values], center, counts: null }
  }
  const [a, b] = [typical(pairs.map(({ from }) => from)), typical(pairs.map(({ to }) => to))]
  const interval = ratio.interval && {
    low: ratio.interval.low - 1,
    high: ratio.interval.high - 1,
  }
  return { ...changeOf(measure, a, b), relative: ratio.ratio - 1, interval }
}

function pooled(samples: readonly Sample[]): Sample {
  const values = samples.map(({ center }) => center)
  const isCounted = samples.every(({ counts }) => counts !== null)
  const counts = isCounted ? samples.flatMap((one) => one.counts ?? []) : null
  return { values, center: (counts && pooledErrorRate(counts)) ?? mean(values) ?? 0, counts }
}

function ofLoadout(
  measure: Measure | null,
  a: number | null,
  b: number | null,
): LoadoutNumber | null {
  if (measure === null || a === null || b === null) return null
  return { ...changeOf(measure, single(a), single(b)), interval: null }
}

function keyOf({ domain, loadout, models }: LoadoutReport): string {
  return loadoutKey({ domain, loadout: models.join(' + ') || loadout })
}
