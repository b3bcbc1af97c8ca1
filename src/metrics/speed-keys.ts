import { type Domain, isKnownDomain, type KnownDomain } from '../events/domain.ts'
import { own } from '../host/own.ts'
import { type Metric, type MetricKey, metricOf } from './catalogue.ts'

/** What of a domain says how fast it is: work done over time, and the wait for the first of it. */
export type SpeedAspect = 'throughput' | 'latency'

type SpeedKeys = Readonly<Record<SpeedAspect, readonly (MetricKey | 'duration')[]>>

/**
 * By which number a domain's loadouts are ranked, the first that they have. A number that says the same as the first one
 * (TTFO, TPOT, RTF) is not another reason to rank by.
 */
const SPEED_KEYS: Readonly<Record<KnownDomain, SpeedKeys>> = {
  llm: { throughput: ['tps', 'e2el', 'duration'], latency: ['ttft'] },
  vlm: { throughput: ['tps', 'e2el', 'duration'], latency: ['ttft'] },
  stt: { throughput: ['rtfx', 'stt_time', 'duration'], latency: [] },
  tts: { throughput: ['rtfx', 'tts_time', 'duration'], latency: ['ttfa'] },
  sts: { throughput: ['duration'], latency: ['ttfa'] },
}

/** What a domain is about that jarvis does not know is told by the numbers that there are. */
const OTHER_KEYS: SpeedKeys = {
  throughput: ['tps', 'rtfx', 'e2el', 'tts_time', 'stt_time', 'duration'],
  latency: ['ttft', 'ttfa'],
}

/** By which numbers the loadouts of a domain are ranked, the first that they have. */
export function speedKeysOf(domain: Domain): SpeedKeys {
  return isKnownDomain(domain) ? SPEED_KEYS[domain] : OTHER_KEYS
}

/** Seconds and rates of the catalogue that are no matter of how fast a reply came. */
const OF_LOADING = new Set(['load_time', 'setup_time', 'cleanup_time'])
const FACTORS = new Set(['rtf', 'rtfx'])
const TIMED_UNITS = new Set(['s', '1/s'])

/**
 * Whether a number depends on how long a scenario is, so that of several scenarios only ratios may be compared; `unit`
 * and `better` as the catalogue or an author has them.
 */
export function isSpeed(key: string, { unit, better }: Pick<Metric, 'unit' | 'better'>): boolean {
  if (better === null || OF_LOADING.has(key)) return false
  return FACTORS.has(key) || TIMED_UNITS.has(unit)
}

/** How a number is called and read; undefined for what nobody has described. */
export type About = Pick<Metric, 'title' | 'unit' | 'better'> | undefined

/** What is known of a number of that key by its title, unit and direction; undefined for what nobody has described. */
export function describedAs(
  key: string,
  measures?: Readonly<Record<string, Pick<Metric, 'title' | 'unit' | 'better'>>>,
): About {
  if (key === 'duration') return { title: 'Duration', unit: 's', better: 'lower' }
  return metricOf(key) ?? own(measures, key)
}
