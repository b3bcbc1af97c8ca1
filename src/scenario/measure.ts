import { JarvisError } from '../errors.ts'
import { type MetricKey, metricOf, metrics } from '../metrics/index.ts'
import { nearest } from '../plan/nearest.ts'
import { currentAttempt } from './current.ts'
import type { Measure } from './define-measure.ts'

/** A metric of jarvis's own that a scenario can measure; the machine's are measured around it. */
export type ScenarioMetric = Exclude<MetricKey, `vram_${string}` | 'setup_time' | 'cleanup_time'>

/**
 * Keeps a number with the result of the running test, under `metrics` of its row: one of your own, which
 * `defineMeasure` declared, or one of jarvis's by its key, such as `match`. A later value of the same number
 * wins; null is what could not be had.
 *
 * @throws JarvisError USAGE outside a test, outside jarvis, for a key that nobody declared, or for what is no number
 */
export function measure(what: Measure | ScenarioMetric, value: number | number[] | null): void {
  const attempt = currentAttempt('measure')
  if (!isNumeric(value)) {
    const got = typeof value
    throw new JarvisError('USAGE', `measure takes a number, a list of them or null, not a ${got}.`)
  }
  if (typeof what === 'string') {
    if (!metricOf(what)) throw undeclared(what)
    attempt.measure({ [what]: value })
  } else {
    const { key, title, unit, better } = what
    attempt.measureOwn(key, value, { title, unit, better })
  }
}

// Vitest runs scenarios without looking at their types.
function isNumeric(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'number')
  return value === null || typeof value === 'number'
}

function undeclared(key: string): JarvisError {
  const meant = nearest(
    key,
    metrics.map((metric) => metric.key),
  )
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`
  return new JarvisError(
    'USAGE',
    `${key} is no metric of jarvis: declare it with ` +
      `\`const ${key} = defineMeasure('${key}', { title, unit })\` and keep it with \`measure(${key}, value)\`.${question}`,
  )
}
