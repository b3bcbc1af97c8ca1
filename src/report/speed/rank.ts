import type { Domain } from '../../events/index.ts'
import { speedRatio } from '../../metrics/speed-ratio.ts'
import type { About, SpeedAspect } from '../../metrics/speed-keys.ts'
import { doubtsOf } from '../doubts.ts'
import { commonMedians } from './medians.ts'
import { allOf, speedTitle } from './text.ts'
import type { PairedScenario, Remark, SpeedRanking } from './types.ts'

/** A loadout that may be ranked. */
export interface Contender {
  loadout: string
  title: string
  /** What each of its scenarios came to, by the scenario's number. */
  scenarios: Map<number, Attempt[]>
}

interface Attempt {
  passed: boolean
  cold: boolean
  /** By the column of a number; what it does not have is absent. */
  values: readonly (number | undefined)[]
  flags: readonly string[]
  /** Parameters that it was asked for without. */
  without: readonly string[]
}

interface Question {
  domain: Domain
  metric: string
  aspect: SpeedAspect | null
  about: About
  /** Where the number stands among the values. */
  column: number
  contenders: readonly Contender[]
  /** Of the scenarios, by their number. */
  names: readonly string[]
}

/**
 * Ranks loadouts over the scenarios that passed on all of them. One on which nothing passed is not ranked, and does not
 * keep the others from having scenarios in common.
 */
export function rank(question: Question): {
  ranking: SpeedRanking
  scenarios: PairedScenario[]
} {
  const { domain, metric, aspect, about, names, column } = question
  const better = about?.better ?? 'lower'
  const leftOut: SpeedRanking['leftOut'] = []
  const ranked = question.contenders.filter(({ loadout, title, scenarios }) => {
    const why = reasonToLeaveOut([...scenarios.values()], column, about?.title ?? metric)
    if (why !== null) leftOut.push({ loadout, title, why })
    return why === null
  })
  const common = commonOf(ranked, question)
  const all = ranked.map((contender, at) => {
    const values = common.map(({ values: each }) => each[at] ?? Number.NaN)
    const logs = values.reduce((sum, value) => sum + Math.log(value), 0)
    return { ...contender, values, speed: better === 'higher' ? logs : -logs }
  })
  const order = all.toSorted((a, b) => b.speed - a.speed)
  const why = reasonForNone(ranked, common.length)
  const scenariosOf = common.map(({ scenario }) => scenario)
  const remarks = ranked.flatMap((one) => remarksOf(one, scenariosOf, question))
  const ranks = why === null ? order.map((one) => rankBeside(one, order[0]!, remarks)) : []
  const scenarios = common.map(({ scenario }, at) => ({
    name: names[scenario] ?? '',
    ratios: order.map(({ values }) => values[at]! / order[0]!.values[at]!),
  }))
  const title = speedTitle(about?.title ?? metric)
  const facts = { domain, aspect, metric, title, unit: about?.unit ?? '', better }
  const alone = ranked.length === 1 ? aloneOf(ranked[0]!.title, common, names) : null
  const counts = {
    n: common.length,
    scenarios: names.length,
    fewest: fewestOf(ranked, names.length),
  }
  const ranking = { ...facts, ...counts, ranks, leftOut, alone, why, remarks }
  return { ranking, scenarios: why === null ? scenarios : [] }
}

function rankBeside(
  one: { loadout: string; title: string; values: number[] },
  fastest: { title: string; values: number[] },
  remarks: readonly Remark[],
): SpeedRanking['ranks'][number] {
  const { loadout, title, values } = one
  const pairs = values.map((to, at) => ({ from: fastest.values[at] ?? Number.NaN, to }))
  const found = one === fastest ? null : speedRatio(pairs)
  const isDoubtful = remarks.some((other) => other.title === title || other.title === fastest.title)
  const interval = found?.interval ?? null
  return { loadout, title, ratio: found?.ratio ?? 1, interval, isDoubtful }
}

/** What is to be said of the results of a loadout that count; nothing where there is nothing. */
function remarksOf(
  { title, scenarios }: Contender,
  common: readonly number[],
  { metric, column }: Question,
): Remark[] {
  const remark: Remark = { title, results: 0, doubts: {}, without: {} }
  for (const scenario of common) {
    for (const { values, flags, without } of scenarios.get(scenario) ?? []) {
      if (values[column] === undefined) continue
      remark.results += 1
      for (const flag of doubtsOf(metric, flags)) countIn(remark.doubts, flag)
      for (const parameter of without) countIn(remark.without, parameter)
    }
  }
  const isEmpty = [remark.doubts, remark.without].every((of) => Object.keys(of).length === 0)
  return isEmpty ? [] : [remark]
}

function countIn(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

function reasonToLeaveOut(
  scenarios: readonly (readonly Attempt[])[],
  column: number,
  title: string,
): string | null {
  const passed = scenarios.filter(passes)
  if (passed.length === 0) return 'no scenario of it passed'
  const isKnown = passed.some((attempts) =>
    attempts.some(({ values }) => values[column] !== undefined),
  )
  return isKnown ? null : `nothing that passed has ${title}`
}

function reasonForNone(ranked: readonly Contender[], common: number): string | null {
  if (ranked.length === 0) return 'no loadout has it of a scenario that passed'
  if (ranked.length === 1) return 'one loadout is alone, and a rank takes two'
  if (common > 0) return null
  return `no scenario passed on ${allOf(ranked.length)} with numbers that can be compared`
}

function aloneOf(
  title: string,
  common: readonly { scenario: number; values: number[] }[],
  names: readonly string[],
): SpeedRanking['alone'] {
  const values = common
    .map(({ scenario, values: [value = 0] }) => ({ scenario: names[scenario] ?? '', value }))
    .toSorted((a, b) => a.value - b.value)
  const [low, high] = [values[0], values.at(-1)]
  return low === undefined || high === undefined ? null : { title, low, high }
}

/** On which loadout the fewest scenarios passed; null where that does not keep one from being compared. */
function fewestOf(ranked: readonly Contender[], scenarios: number): SpeedRanking['fewest'] {
  const [first] = ranked
    .map(({ title, scenarios: own }) => ({ title, passed: passedOf(own) }))
    .toSorted((a, b) => a.passed - b.passed)
  return ranked.length < 2 || first === undefined || first.passed === scenarios ? null : first
}

function passedOf(scenarios: Contender['scenarios']): number {
  return [...scenarios.values()].filter(passes).length
}

/** A scenario passes when each of its repeats does. */
function passes(attempts: readonly Attempt[]): boolean {
  return attempts.length > 0 && attempts.every(({ passed }) => passed)
}

/** The scenarios that passed on all loadouts, with the median of each. */
function commonOf(
  ranked: readonly Contender[],
  { names, metric, column }: Question,
): { scenario: number; values: number[] }[] {
  if (ranked.length === 0) return []
  // By name, so that sums are the same in whatever order results were read.
  const order = [...names.keys()].toSorted((a, b) => (names[a]! < names[b]! ? -1 : 1))
  return order.flatMap((scenario) => {
    const sides = ranked.map((one) => one.scenarios.get(scenario) ?? [])
    const timed = sides.map((attempts) =>
      attempts.map(({ cold, values: all }) => ({ cold, value: all[column] })),
    )
    const values = sides.every(passes) ? commonMedians(timed, metric) : null
    return values === null ? [] : [{ scenario, values }]
  })
}
