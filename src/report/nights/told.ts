import { studentQuantile } from '../../metrics/student-t.ts'
import type { Measure } from '../compare/measure.ts'
import { formatChange, formatNumber, formatShare, formatValue } from '../numbers.ts'
import { trifleOf } from './aspects.ts'
import type { PassRates } from './outcomes.ts'
import type { Answer } from './questions.ts'
import type { NumberSeries } from './series.ts'
import { intervalOf, MOST_BEFORE, type Step, strongestOf, windowShare } from './steps.ts'
import type { Verdict } from './types.ts'

interface Strictness {
  /** The chance below which a number changed. */
  limit: number
  /** A share: what is surely smaller is none that matters. */
  threshold: number
}

const PASS_RATE = { key: 'pass_rate', title: 'Pass rate', unit: '0–1' } as const
/** A step that can be told is one that is found so often. */
const POWER = 0.8

/** Turns what was found into the verdict that all surfaces repeat. */
export function toldVerdict(answer: Answer, strictness: Strictness): Verdict {
  const { measure, number, rates, judged } = answer
  const isOfRates =
    number === null || measure === null || (judged !== null && judged.rates < judged.number)
  if (!isOfRates) return ofNumber(answer, measure, number, strictness)
  return ofRates(answer, rates as PassRates, strictness)
}

function ofNumber(
  answer: Answer,
  measure: Measure,
  number: NumberSeries,
  { limit, threshold }: Strictness,
): Verdict {
  const { loadout, aspect, missing, judged, steps, nights } = answer
  const { key, title, unit, better } = measure
  const { by, scenarios, value } = number
  const head = { domain: loadout.domain, loadout: loadout.loadout, aspect, key, title, unit }
  const newest = steps[0]
  if (judged === null || newest === undefined) {
    const n = { scenarios, before: nights.before.length, now: 1, outliers: 0 }
    return { ...head, ...untold(missing, nights.refusal), before: null, now: value, n }
  }
  const strongest = strongestOf(steps) ?? newest
  const isUnlikely = judged.number <= limit
  const isTrifle = sizeIn(strongest.size, number, value) < trifleOf(measure)
  const isChanged = isUnlikely && !isTrifle
  const step = isUnlikely ? strongest : newest
  const change = changeOf(step, by)
  const now = by === 'ratio' || step.window === 1 ? value : step.level
  const before = by === 'ratio' ? value / (1 + change.size) : now - change.size
  const isMore = step.size > 0
  const isWorse = better === 'lower' ? isMore : !isMore
  const margin = marginOf(measure, by, threshold, before)
  const isWithin = change.low >= -margin && change.high <= margin
  const state = isChanged ? 'changed' : isUnlikely || isWithin ? 'not_changed' : 'cannot_tell'
  const noise = by === 'ratio' ? Math.expm1(step.noise) : step.noise
  const test = {
    name: "Student's t with moderated variance",
    statistic: step.t,
    degreesOfFreedom: step.degreesOfFreedom,
    p: step.p,
  }
  const n = { scenarios, before: step.before, now: step.window, outliers: step.outliers }
  const needs =
    state === 'cannot_tell'
      ? needsOf(steps, limit, { measure, by, isFixed: nights.spread.length > 0 })
      : null
  const size = changeText(change, measure)
  const nightsText = `${nightsWord(n.now, 'the newest night', 'the newest')} beside ${n.before} before`
  const sentence =
    state === 'changed'
      ? `${title} ${size}, ${nightsText}${withText(nights.differences)}`
      : state === 'not_changed'
        ? `${title} ${size}${isUnlikely ? ', a trifle' : `, within ${marginText(margin, by, measure)}`}`
        : `${title} ${size}: ${needs}`
  const direction = isChanged ? (isWorse ? 'worse' : 'better') : null
  const since = isChanged ? (number.sessions.at(-step.window) ?? null) : null
  return { ...head, state, direction, before, now, change, n, test, noise, since, needs, sentence }
}

function ofRates(answer: Answer, rates: PassRates, { limit }: Strictness): Verdict {
  const { loadout, aspect, missing, judged, nights } = answer
  const { scenarios, before, now, difference, test } = rates
  const head = { domain: loadout.domain, loadout: loadout.loadout, aspect, ...PASS_RATE }
  const n = { scenarios, before: rates.nights.before, now: rates.nights.now, outliers: 0 }
  if (judged === null || test === null || difference === null) {
    return { ...head, ...untold(missing, nights.refusal), before, now, n }
  }
  const isChanged = judged.rates <= limit
  const isSame = difference.size === 0 || test.p >= 1
  const state = isChanged ? 'changed' : isSame ? 'not_changed' : 'cannot_tell'
  const needs =
    state === 'cannot_tell'
      ? 'that many scenarios come out otherwise now and then; what broke and was fixed is named'
      : null
  const size = `${formatShare(before ?? 0)} → ${formatShare(now)} of ${scenarios} scenarios`
  const sentence = isChanged
    ? `Pass rate ${size}, ${nightsWord(n.now, 'the newest night', 'the newest')} beside ${n.before} before${withText(nights.differences)}`
    : `Pass rate ${size}${needs === null ? '' : `: ${needs}`}`
  return {
    ...head,
    state,
    direction: isChanged ? (difference.size < 0 ? 'worse' : 'better') : null,
    before,
    now,
    change: { by: 'difference', ...difference },
    n,
    test: { name: 'exact test over scenarios', statistic: null, degreesOfFreedom: null, p: test.p },
    noise: null,
    since: isChanged ? (rates.sessions[0] ?? null) : null,
    needs,
    sentence,
  }
}

function untold(missing: number, refusal: string | null) {
  const count = missing === 1 ? '1 more whole night' : `${missing} more whole nights`
  const needs =
    refusal ??
    (missing > 0
      ? `no history to tell it from noise: it takes ${count} of this host and plan`
      : 'too few of the nights before tell this number')
  const nothing = { direction: null, change: null, test: null, noise: null, since: null }
  return { state: 'cannot_tell' as const, ...nothing, needs, sentence: needs }
}

function changeOf(step: Step, by: NumberSeries['by']): NonNullable<Verdict['change']> {
  const { low, high } = intervalOf(step)
  const told = by === 'ratio' ? Math.expm1 : (value: number): number => value
  return { by, size: told(step.size), low: told(low), high: told(high) }
}

/** How large a step is in the unit of the number. */
function sizeIn(size: number, { by }: NumberSeries, value: number): number {
  return by === 'ratio' ? Math.abs(value - value / Math.exp(size)) : Math.abs(size)
}

/** What is surely smaller is no change: a share, and of differences no less than a trifle. */
function marginOf(
  measure: Measure,
  by: NumberSeries['by'],
  threshold: number,
  before: number,
): number {
  return by === 'ratio' ? threshold : Math.max(trifleOf(measure), threshold * Math.abs(before))
}

interface Kind {
  measure: Measure
  by: NumberSeries['by']
  /** No more nights come to those before. */
  isFixed: boolean
}

/** What it would take to tell: a larger step, or more nights where these would help. */
function needsOf(steps: readonly Step[], limit: number, kind: Kind): string {
  const [one, last] = [steps[0], steps.at(-1)]
  const from = (step: Step): string => `from ${smallest(step, limit, steps.length, kind)} on`
  const found = one === undefined ? [] : [`${from(one)} in one night`]
  if (last !== undefined && last.window > 1) found.push(`${from(last)} over ${last.window} nights`)
  const more = kind.isFixed ? 0 : MOST_BEFORE - (one?.before ?? 0)
  const nights = more > 0 ? `; with ${more} more whole nights smaller ones` : ''
  return `noise hides it: a step can be told ${found.join(', ')}${nights}`
}

/** The step that is found in four of five cases. */
function smallest(step: Step, limit: number, windows: number, { measure, by }: Kind): string {
  const { degreesOfFreedom: d, error, window } = step
  const chance = (limit * windowShare(windows, window)) / 2
  const t = studentQuantile(1 - chance, d) + studentQuantile(POWER, d)
  if (by === 'ratio') return formatShare(Math.expm1(t * error))
  return formatValue(t * error, measure.unit)
}

function changeText({ by, size, low, high }: NonNullable<Verdict['change']>, { unit }: Measure) {
  const text = (value: number): string => {
    if (by === 'ratio') return formatChange(value)
    const sign = value === 0 ? '±' : value < 0 ? '−' : '+'
    return `${sign}${formatValue(Math.abs(value), unit)}`
  }
  return `${text(size)} (95 % ${text(low)} to ${text(high)})`
}

function marginText(margin: number, by: NumberSeries['by'], { unit }: Measure): string {
  return `±${by === 'ratio' ? formatShare(margin) : formatValue(margin, unit)}`
}

function nightsWord(n: number, one: string, several: string): string {
  return n === 1 ? one : `${several} ${formatNumber(n)} nights`
}

function withText(differences: readonly string[]): string {
  return differences.length === 0 ? '' : `, and since then: ${differences.join(', ')}`
}
