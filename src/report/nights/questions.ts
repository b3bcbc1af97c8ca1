import type { Measure } from '../compare/measure.ts'
import { loadoutMeasure, qualityMeasure, speedMeasure } from './aspects.ts'
import { casesOf } from './cases-of.ts'
import { type LoadoutNights, nightsMissing } from './nights-of.ts'
import { type PassRates, passRatesOf } from './outcomes.ts'
import { type NumberSeries, seriesOf } from './series.ts'
import { chanceOf, type Step } from './steps.ts'
import type { Aspect, NightCase, NightLoadout } from './types.ts'

/** A loadout and aspect with what there is to judge it by. */
interface Question {
  loadout: NightLoadout
  aspect: Aspect
  nights: LoadoutNights
  measure: Measure | null
  number: NumberSeries | null
  rates: PassRates | null
}

/** What was found, before it is known how strict to be. */
export interface Answer extends Question {
  /** How many nights are missing until anything can be said. */
  missing: number
  steps: readonly Step[]
  /** The chances of the number and of the pass rate, shared out among both; null where neither could be tested. */
  judged: { chance: number; least: number; number: number; rates: number } | null
}

/** What is asked of an aspect of a loadout; nothing where the session tells nothing of it. */
export function questionOf(
  aspect: Aspect,
  loadout: NightLoadout,
  nights: LoadoutNights,
): Question[] {
  const tonight = nights.now.at(-1)
  const cases = tonight === undefined ? [] : casesOf(tonight, loadout)
  const measure = measureFor(aspect, loadout, cases)
  const number = measure && seriesOf(measure, aspect, loadout, nights)
  const rates =
    aspect === 'quality' ? passRatesOf(loadout, nights, nightsMissing(nights) === 0) : null
  return number === null && rates === null
    ? []
    : [{ loadout, aspect, nights, measure, number, rates }]
}

/** Adds what the tests say. */
export function answerOf(question: Question, steps: readonly Step[]): Answer {
  const missing = nightsMissing(question.nights)
  const rates = question.rates?.test ?? null
  const tests = (steps.length > 0 ? 1 : 0) + (rates === null ? 0 : 1)
  if (tests === 0) return { ...question, missing, steps, judged: null }
  const shared = (chance: number): number => Math.min(1, tests * chance)
  const number = steps.length > 0 ? shared(chanceOf(steps)) : 1
  const passed = shared(rates?.chance ?? 1)
  const least = steps.length > 0 ? 0 : shared(rates?.least ?? 1)
  const judged = { chance: Math.min(number, passed), least, number, rates: passed }
  return { ...question, missing, steps, judged }
}

/** The number that stands for an aspect of a loadout; null where its scenarios have none. */
export function measureFor(
  aspect: Aspect,
  loadout: NightLoadout,
  cases: readonly NightCase[],
): Measure | null {
  switch (aspect) {
    case 'latency':
    case 'throughput':
      return speedMeasure(aspect, cases)
    case 'quality':
      return qualityMeasure(cases)
    case 'memory':
    case 'loading':
      return loadoutMeasure(aspect).find(({ key }) => loadout.values[key] !== undefined) ?? null
  }
}
