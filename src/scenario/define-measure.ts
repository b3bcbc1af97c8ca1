import type { OwnMeasure } from '../events/index.ts'
import { type Better, metricOf } from '../metrics/index.ts'
import { JarvisError } from '../errors.ts'

/** What a number of a scenario's own is. */
export interface MeasureDefinition {
  title: string
  /** `s`, `1/s`, `GB`, `tokens`, or `1` for a plain ratio. */
  unit: string
  /** Which direction is an improvement; null where neither is. @default null */
  better?: Better
}

const DECLARED = Symbol('jarvis.measure')

/** A number of a scenario's own, as `defineMeasure` gives it; `measure` keeps its values. */
export interface Measure extends Readonly<OwnMeasure> {
  readonly key: string
  readonly [DECLARED]: true
}

const KEY = /^[a-z][a-z0-9_]*$/u

/**
 * Declares a number of your own, once and outside of tests.
 *
 * @example
 * ```ts
 * const politeness = defineMeasure('politeness', { title: 'Politeness', unit: '1', better: 'higher' })
 *
 * test('is polite', async ({ llm }) => {
 *   const { text } = await llm.chat('Hello')
 *   measure(politeness, text.includes('please') ? 1 : 0)
 * })
 * ```
 * @throws JarvisError USAGE for a key that is not snake_case, or that is one of jarvis's own metrics
 */
export function defineMeasure(key: string, definition: MeasureDefinition): Measure {
  if (!KEY.test(key)) {
    throw new JarvisError(
      'USAGE',
      `The key of a measure is snake_case, such as my_score: got "${key}".`,
    )
  }
  if (metricOf(key)) {
    throw new JarvisError(
      'USAGE',
      `${key} is one of jarvis's own metrics: choose another key, or keep it with measure('${key}', …).`,
    )
  }
  const { title, unit, better = null } = definition
  return { key, title, unit, better, [DECLARED]: true }
}
