import { currentAttempt } from './current.ts'
import type { MetricValue } from './recorder.ts'

/**
 * Keeps a number of your own with the result of the running test, under `metrics` of its row.
 * `defineMeasure` also says what it is.
 *
 * @throws JarvisError USAGE outside a test or outside jarvis
 */
export function measure(key: string, value: MetricValue): void {
  currentAttempt('measure').measure({ [key]: value })
}
