import { own } from '../../host/own.ts'
import type { Domain } from '../../events/index.ts'
import { speedRatio } from '../../metrics/speed-ratio.ts'
import type { About, SpeedAspect } from '../../metrics/speed-keys.ts'
import { doubtsOf } from '../doubts.ts'
import type { Attempts } from './attempts.ts'
import { commonMedians, type MedianOf } from './medians.ts'
import { allOf, speedTitle } from './text.ts'
import type { PairedScenario, Remark, ScenarioValue, SpeedRanking } from './types.ts'

/** A loadout that may be ranked. */
export interface Contender {
  loadout: string
  title: string
  attempts: Attempts
}

const SPILLED = 'its model did not lie on the GPU as a whole (cpu_offload)'

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
  /** There are more scenarios than are looked at. */
  isCut: boolean
}

/**
 * Ranks loadouts over the scenarios that passed on all of them. One on which nothing passed is not ranked, and does not
 * keep the others from having scenarios in common.
 */
export function rank(question: Question): {
  ranking: SpeedRanking
  /** Each scenario that says so, by name. */
  scenarios: () => PairedScenario[]
} {
  const { domain, metric, aspect, about, names, column } = question
  const better = about?.better ?? 'lower'
  const leftOut: SpeedRanking['leftOut'] = []
  // Beside models that lie on the GPU, how fast the processor is says nothing of the others.
  const isOnGpu = question.contenders.some(
    ({ attempts }) => attempts.passed > 0 && !attempts.isSpilled,
  )
  const ranked = question.contenders.filter(({ loadout, title, attempts }) => {
    const isOut = isOnGpu && attempts.isSpilled
    const why = isOut ? SPILLED : reasonToLeaveOut(attempts, column, about?.title ?? metric)
    if (why !== null) leftOut.push({ loadout, title, why })
    return why === null
  })
  const common = commonOf(ranked, question)
  const all = ranked.map((contender, at) => {
    const values = common.values[at] ?? []
    const logs = ranked.length < 2 ? 0 : values.reduce((sum, value) => sum + Math.log(value), 0)
    return { ...contender, values, speed: better === 'higher' ? logs : -logs }
  })
  const order = all.toSorted((a, b) => b.speed - a.speed)
  const why = reasonForNone(ranked, common.scenarios.length)
  const remarks = ranked.flatMap((one) => remarksOf(one, common.scenarios, question))
  const ranks = why === null ? order.map((one) => rankBeside(one, order[0]!, remarks)) : []
  const scenarios = (): PairedScenario[] =>
    common.scenarios.map((scenario, at) => ({
      name: names[scenario] ?? '',
      ratios: order.map(({ values }) => values[at]! / order[0]!.values[at]!),
    }))
  const title = speedTitle(about?.title ?? metric)
  const facts = { domain, aspect, metric, title, unit: about?.unit ?? '', better }
  const alone = ranked.length === 1 ? aloneOf(ranked[0]!.title, common, names) : null
  const counts = {
    n: common.scenarios.length,
    scenarios: names.length,
    fewest: fewestOf(ranked, names.length),
    ...(question.isCut && { isCut: true as const }),
  }
  const ranking = { ...facts, ...counts, ranks, leftOut, alone, why, remarks }
  return { ranking, scenarios: why === null ? scenarios : () => [] }
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
  { title, attempts }: Contender,
  common: readonly number[],
  { metric, column }: Question,
): Remark[] {
  const remark: Remark = { title, results: 0, doubts: {}, without: {} }
  if (!attempts.hasRemarks) return []
  for (const scenario of common) {
    for (const { value, flags, without } of attempts.of(scenario, column)) {
      if (Number.isNaN(value)) continue
      remark.results += 1
      for (const flag of doubtsOf(metric, flags)) countIn(remark.doubts, flag)
      for (const parameter of without) countIn(remark.without, parameter)
    }
  }
  const isEmpty = [remark.doubts, remark.without].every((of) => Object.keys(of).length === 0)
  return isEmpty ? [] : [remark]
}

function countIn(counts: Record<string, number>, name: string): void {
  counts[name] = (own(counts, name) ?? 0) + 1
}

function reasonToLeaveOut(attempts: Attempts, column: number, title: string): string | null {
  if (attempts.passed === 0) return 'no scenario of it passed'
  return attempts.tells(column) ? null : `nothing that passed has ${title}`
}

function reasonForNone(ranked: readonly Contender[], common: number): string | null {
  if (ranked.length === 0) return 'no loadout has it of a scenario that passed'
  if (ranked.length === 1) return 'one loadout is alone, and a rank takes two'
  if (common > 0) return null
  return `no scenario passed on ${allOf(ranked.length)} with numbers that can be compared`
}

function aloneOf(
  title: string,
  { scenarios, values: [values = []] }: Common,
  names: readonly string[],
): SpeedRanking['alone'] {
  if (values.length === 0) return null
  const told = (value: number): ScenarioValue => {
    return { scenario: names[scenarios[values.indexOf(value)] ?? -1] ?? '', value }
  }
  const [low, high] = [
    values.reduce((a, c) => Math.min(a, c)),
    values.reduce((a, c) => Math.max(a, c)),
  ]
  return { title, low: told(low), high: told(high) }
}

/** On which loadout the fewest scenarios passed; null where that does not keep one from being compared. */
function fewestOf(ranked: readonly Contender[], scenarios: number): SpeedRanking['fewest'] {
  const [first] = ranked
    .map(({ title, attempts }) => ({ title, passed: attempts.passed }))
    .toSorted((a, b) => a.passed - b.passed)
  return ranked.length < 2 || first === undefined || first.passed === scenarios ? null : first
}

/** Scenarios that passed on all loadouts, and the median of each on each loadout. */
interface Common {
  scenarios: number[]
  values: number[][]
}

function commonOf(ranked: readonly Contender[], { names, metric, column }: Question): Common {
  const found: { scenario: number; medians: number[] }[] = []
  // Of all scenarios the same functions: thousands of them would be made otherwise.
  let scenario = 0
  const passes = ({ attempts }: Contender): boolean => attempts.passes(scenario)
  const sides = ranked.map<MedianOf>(
    ({ attempts }) =>
      (cold) =>
        attempts.medianOf(scenario, column, cold),
  )
  for (; ranked.length > 0 && scenario < names.length; scenario += 1) {
    if (!ranked.every(passes)) continue
    const medians = commonMedians(sides, metric)
    if (medians !== null) found.push({ scenario, medians })
  }
  // By name, so that sums are the same in whatever order results were read; of one loadout there are none.
  if (ranked.length > 1) found.sort((a, b) => (names[a.scenario]! < names[b.scenario]! ? -1 : 1))
  return {
    scenarios: found.map(({ scenario }) => scenario),
    values: ranked.map((_, at) => found.map(({ medians }) => medians[at]!)),
  }
}
