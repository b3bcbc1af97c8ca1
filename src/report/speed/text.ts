import type { Remark, SpeedRank, SpeedRanking } from './types.ts'

/** Behind the title of a number: times that of the fastest. */
const SPEED_SUFFIX = ' [×]'
/** Below this two digits behind the point say too little. */
const SMALL = 0.1
const LARGE = 10

/** What heads a column or a chart of ratios to the fastest. */
export function speedTitle(title: string): string {
  return `${title}${SPEED_SUFFIX}`
}

/** A ratio as people read it: `0.81 ×`. */
export function ratioText(ratio: number): string {
  return `${ratioNumber(ratio)} ×`
}

/** Its 95 % interval and how many scenarios it is of: `0.75–0.87, n 20`. */
export function certaintyText(
  { interval, isDoubtful }: Pick<SpeedRank, 'interval' | 'isDoubtful'>,
  n: number,
): string {
  const range = interval && `${ratioNumber(interval.low)}–${ratioNumber(interval.high)}, `
  return `${range ?? ''}n ${n}${isDoubtful ? ', in doubt' : ''}`
}

/** What heads the columns of a table of loadouts: each number that those of some domain rank by. */
export function speedTitles(rankings: readonly SpeedRanking[]): string[] {
  return [...new Set(rankings.filter(({ ranks }) => ranks.length > 0).map(({ title }) => title))]
}

/** What stands in such a column for a loadout; null where it has no rank. */
export function speedOf(
  rankings: readonly SpeedRanking[],
  of: { title: string; domain: string; loadout: string },
): { ranking: SpeedRanking; rank: SpeedRank } | null {
  const ranking = rankings.find(({ title, domain }) => title === of.title && domain === of.domain)
  const rank = ranking?.ranks.find(({ loadout }) => loadout === of.loadout)
  return ranking === undefined || rank === undefined ? null : { ranking, rank }
}

/** What a ranking is over and whom it leaves out, a sentence each. */
export function rankingSentences(ranking: SpeedRanking): string[] {
  const { domain, title, better, n, scenarios, fewest, ranks, leftOut, alone, why, remarks } =
    ranking
  const first = ranking.isCut === true ? 'the first ' : ''
  const head = `${domain}, ${title}:`
  const left = [
    ...leftOut.map((one) => `${head} without ${one.title}, as ${one.why}.`),
    ...remarks.flatMap((remark) => remarkSentences(head, remark)),
  ]
  if (alone !== null) return [aloneText(alone, ranking), ...left]
  const least = fewest === null ? '' : ` (the fewest on ${fewest.title}: ${fewest.passed})`
  if (why !== null) return [`${head} unknown, as ${why}${least}.`, ...left]
  const basis =
    n === scenarios && first === ''
      ? `all ${n} scenarios`
      : `${n} of ${first}${scenarios} scenarios`
  const over = `over ${basis}, those that passed on ${allOf(ranks.length)}${least}`
  return [`${head} ratio to the fastest, ${over}; ${better} is better.`, ...left]
}

/** `llm, TTFT [×]: in doubt on sim://a: event_loop_lag in 3 of 20 results.` */
function remarkSentences(head: string, { title, results, doubts, without }: Remark): string[] {
  const counts = (of: Record<string, number>): string =>
    Object.entries(of)
      .map(
        ([name, count]) =>
          `${name} in ${count} of ${results} ${results === 1 ? 'result' : 'results'}`,
      )
      .join(', ')
  const flags = counts(doubts)
  const parameters = counts(without)
  return [
    ...(flags === '' ? [] : [`${head} in doubt on ${title}: ${flags}.`]),
    ...(parameters === '' ? [] : [`${head} ${title} was asked without ${parameters}.`]),
  ]
}

/** `both loadouts`, `all 3 loadouts`. */
export function allOf(loadouts: number): string {
  return loadouts === 2 ? 'both loadouts' : `all ${loadouts} loadouts`
}

/** Replies of different length are no measure of each other, so it is told from which to which scenario. */
function aloneText(
  { title: loadout, low, high }: NonNullable<SpeedRanking['alone']>,
  { domain, title, n, unit, scenarios, isCut }: SpeedRanking,
): string {
  const text = ({ scenario, value }: typeof low): string =>
    `${Number(value.toPrecision(3))}${unitText(unit)} (${scenario})`
  const values = n === 1 ? text(low) : `${text(low)} to ${text(high)} in ${n} scenarios`
  // Others may have scenarios that were not looked at.
  const why =
    isCut === true
      ? `of the first ${scenarios} scenarios none ran on another loadout than ${loadout}`
      : `${loadout} is alone`
  return `${domain}, ${title.replace(SPEED_SUFFIX, '')}: ${values}; no rank, as ${why}.`
}

function unitText(unit: string): string {
  if (unit === '1/s') return '/s'
  return unit === '1' || unit === '' ? '' : ` ${unit}`
}

/** Its digits alone. */
export function ratioNumber(ratio: number): string {
  if (ratio >= LARGE) return String(Number(ratio.toPrecision(3)))
  return ratio >= SMALL ? ratio.toFixed(2) : String(Number(ratio.toPrecision(2)))
}
