import { own } from '../../host/own.ts'
import { floorOf, measureOf, type Measure } from '../compare/measure.ts'
import type { Aspect, NightCase } from './types.ts'

/**
 * The numbers that can stand for an aspect, the best first. The first that most scenarios have is taken and the others
 * say nothing of their own: TTFO says what TTFT does, TPOT and the mean gap between chunks what tokens a second do, and
 * how long a recording took to hear is its real-time factor.
 */
const SPEED = {
  latency: ['ttft', 'ttfa', 'e2el', 'duration'],
  throughput: ['tps', 'decode_tps', 'rtf'],
} as const
const ERROR_RATES = ['wer', 'cer', 'tts_wer', 'tts_cer'] as const
/** Of speech to text the one time there is stands behind the real-time factor. */
const TOLD_BY_RTF = new Set(['e2el', 'duration'])
const HALF = 0.5

/** The number that stands for the speed of a loadout; null where no scenario has any. */
export function speedMeasure(
  aspect: 'latency' | 'throughput',
  cases: readonly NightCase[],
): Measure | null {
  const passed = cases.filter((one) => one.passed > 0)
  const hasFactor = isOfMost('rtf', passed) && !isOfMost('ttfa', passed)
  const keys = SPEED[aspect].filter((key) => !(hasFactor && TOLD_BY_RTF.has(key)))
  const key =
    keys.find((one) => isOfMost(one, passed)) ?? keys.find((one) => countOf(one, passed) > 0)
  return key === undefined ? null : measureOf(key)
}

/** The error rate, or else the number of any other kind of quality, that scenarios of a loadout have. */
export function qualityMeasure(cases: readonly NightCase[]): Measure | null {
  const rate = ERROR_RATES.find((key) =>
    cases.some(({ counts, values }) => Object.hasOwn(counts, key) || Object.hasOwn(values, key)),
  )
  if (rate !== undefined) return measureOf(rate)
  return cases.some(({ values }) => 'match' in values) ? measureOf('match') : null
}

/** Whether the rate is made of counts, which a total pools. */
export function isErrorRate(key: string): boolean {
  return (ERROR_RATES as readonly string[]).includes(key)
}

/** The measure of a loadout as a whole. */
export function loadoutMeasure(aspect: 'memory' | 'loading'): readonly Measure[] {
  const keys = aspect === 'memory' ? ['vram_peak', 'vram_loaded'] : ['setup_time']
  return keys.flatMap((key) => measureOf(key) ?? [])
}

/** Aspects in the order in which they are told. */
export const ASPECTS: readonly Aspect[] = ['quality', 'latency', 'throughput', 'memory', 'loading']

/** Below this a difference is not worth a word, in the unit of the number. */
export const trifleOf = floorOf

/** The value of a number of a case, warm before cold, each of which is a row of its own. */
export function rowsOf(key: string, one: NightCase): [row: string, value: number][] {
  return [key, `cold ${key}`].flatMap((name): [string, number][] => {
    const value = own(one.values, name)
    return value === undefined ? [] : [[`${one.key} ${name}`, value]]
  })
}

function isOfMost(key: string, cases: readonly NightCase[]): boolean {
  return countOf(key, cases) >= cases.length * HALF && countOf(key, cases) > 0
}

function countOf(key: string, cases: readonly NightCase[]): number {
  return cases.filter((one) => rowsOf(key, one).length > 0).length
}
