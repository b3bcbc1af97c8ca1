import { own } from '../../host/own.ts'
import type { ScenarioResult } from '../../events/index.ts'
import { type Better, metricOf } from '../../metrics/index.ts'

/** A number of a result that has a better and a worse direction. */
export interface Measure {
  key: string
  title: string
  /** As in the catalogue of metrics. */
  unit: string
  better: Exclude<Better, null>
  /** What it is about, which decides the words for its change. */
  aspect: 'speed' | 'quality' | 'memory'
}

/** Shown first, in this order, wherever not all can be. */
const HEADLINES = [
  'duration',
  'ttft',
  'ttfa',
  'tps',
  'decode_tps',
  'rtf',
  'wer',
  'cer',
  'vram_peak',
]
/** Each result is of one loadout, which tells them better; and lists are told by their mean. */
const NOT_OF_RESULTS = new Set(['vram_loaded', 'vram_after', 'setup_time', 'cleanup_time', 'itl'])
const QUALITY = new Set(['wer', 'cer', 'tts_wer', 'match'])
/** What the first request after a load says of itself is kept out of its statistics (TTFT). */
const WARM_ONLY = new Set(['ttft', 'ttfo'])

/** Below this a difference is not worth a word, whatever its share. */
const FLOORS: Readonly<Record<string, number>> = {
  s: 0.02,
  '1/s': 0.5,
  GB: 0.1,
  '1': 0.01,
  '0–1': 0.01,
}
const FLOORS_BY_KEY: Readonly<Record<string, number>> = {
  duration: 0.05,
  setup_time: 0.5,
  cleanup_time: 0.5,
  load_time: 0.1,
  tpot: 0.001,
  itl_mean: 0.001,
  itl_p50: 0.001,
  itl_p99: 0.001,
  rtfx: 0.1,
}

const durationMeasure: Measure = {
  key: 'duration',
  title: 'Duration',
  unit: 's',
  better: 'lower',
  aspect: 'speed',
}

/** What a key means: of the catalogue, else of the author of a scenario; null for what has no direction. */
export function measureOf(key: string, measures?: ScenarioResult['measures']): Measure | null {
  if (key === 'duration') return durationMeasure
  const metric = metricOf(key) ?? own(measures, key)
  if (!metric || metric.better === null) return null
  const { title, unit, better } = metric
  return { key, title, unit, better, aspect: aspectOf(key, unit, metricOf(key) !== undefined) }
}

function aspectOf(key: string, unit: string, isCatalogued: boolean): Measure['aspect'] {
  if (unit === 'GB') return 'memory'
  if (QUALITY.has(key)) return 'quality'
  return isCatalogued || unit === 's' || unit === '1/s' ? 'speed' : 'quality'
}

/** The smallest difference that counts, in the unit of the measure; 0 where nobody knows. */
export function floorOf({ key, unit }: Measure): number {
  return own(FLOORS_BY_KEY, key) ?? (metricOf(key) === undefined ? 0 : (own(FLOORS, unit) ?? 0))
}

/** Where a measure stands among those that are shown. */
export function rankOf(key: string): number {
  const at = HEADLINES.indexOf(key)
  return at === -1 ? HEADLINES.length : at
}

/** Whether cold results have no say in it. */
export function isWarmOnly(key: string): boolean {
  return WARM_ONLY.has(key)
}

/** The numbers of one result that have a direction, by key, with what they mean. */
export function* numbersOf(result: ScenarioResult): Generator<{ measure: Measure; value: number }> {
  const { duration, vram_peak, metrics, measures } = result
  for (const [key, value] of Object.entries({ duration, vram_peak, ...metrics })) {
    if (typeof value !== 'number' || !Number.isFinite(value) || NOT_OF_RESULTS.has(key)) continue
    const measure = measureOf(key, measures)
    if (measure !== null) yield { measure, value }
  }
}
