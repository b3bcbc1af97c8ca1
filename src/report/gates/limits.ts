import type { Gate, LimitGate } from '../../plan/gates.ts'
import { measureOf } from '../compare/measure.ts'
import { formatOf } from '../numbers.ts'
import { isOfLoadout, type LoadoutFigures } from './figures.ts'
import type { ScenarioMedian } from './medians.ts'
import { broken, held, type Judgement, notJudged } from './verdict.ts'

/** The metric of a gate that each scenario is judged by: what depends on how fast replies come. */
export function scenarioMetric(gate: Gate): string[] {
  if (gate.kind !== 'limit' || isOfLoadout(gate.of)) return []
  const aspect = measureOf(gate.of)?.aspect
  return aspect === undefined || aspect === 'quality' || aspect === 'memory' ? [] : [gate.of]
}

/** A number that may be beyond the limit. */
interface Candidate {
  value: number
  isCold: boolean
  /** Whose number it is. */
  where: string
  /** What else is to be said of it. */
  but: string
}

/** Each loadout by itself: the worst one decides. */
export function judgeLoadouts(gate: LimitGate, own: readonly LoadoutFigures[]): Judgement {
  const candidates = own.flatMap((one): Candidate[] => {
    const figure = one.figure(gate.of)
    return figure === null ? [] : [{ ...figure, where: nameOf(one), but: '' }]
  })
  return judge(gate, candidates, 'loadout')
}

/**
 * Each scenario on each loadout by its median: the worst one decides. A mean over scenarios would change with which
 * scenarios there are.
 *
 * @param missing - how many scenarios never passed, and so have no number
 */
export function judgeScenarios(
  gate: LimitGate,
  medians: readonly ScenarioMedian[],
  missing: number,
): Judgement {
  const candidates = medians.map((one): Candidate => {
    const { value, isCold, n } = one
    const where = `${nameOf(one)}, ${one.scenario}`
    return { value, isCold, where, but: butOf(one, n) }
  })
  const verdict = judge(gate, candidates, 'scenario')
  if (missing === 0 || verdict.status !== 'held') return verdict
  const scenarios = missing === 1 ? '1 scenario' : `${missing} scenarios`
  return {
    ...verdict,
    message: `${verdict.message}; ${scenarios} never passed and ${missing === 1 ? 'has' : 'have'} none`,
  }
}

function butOf({ doubts, without }: ScenarioMedian, n: number): string {
  return [
    ...(n > 1 ? [`median of ${n}`] : []),
    ...(doubts.length > 0 ? [`in doubt: ${doubts.join(', ')}`] : []),
    ...(without.length > 0 ? [`asked without ${without.join(', ')}`] : []),
  ].join('; ')
}

function judge(
  { of, bound, limit }: LimitGate,
  candidates: readonly Candidate[],
  what: 'loadout' | 'scenario',
): Judgement {
  const isBroken = ({ value }: Candidate): boolean =>
    bound === 'max' ? value > limit : value < limit
  const known = candidates.toSorted((a, b) =>
    bound === 'max' ? b.value - a.value : a.value - b.value,
  )
  const text = (value: number): string => formatOf(of, value)
  const say = ({ where, value, but }: Candidate): string =>
    `${where}: ${text(value)}${but === '' ? '' : ` (${but})`}`
  const wrong = known.filter((one) => isBroken(one) && !one.isCold)
  const [worst] = wrong
  if (worst !== undefined) {
    const more = bound === 'max' ? 'more' : 'less'
    const others = wrong.length - 1
    const rest = others === 0 ? '' : ` (and ${others} more ${what}${others === 1 ? '' : 's'})`
    return broken(worst.value, `${say(worst)}, ${more} than ${text(limit)}${rest}`)
  }
  // Within the limit although it was cold is within the limit.
  const cold = known.find(isBroken)
  if (cold !== undefined) {
    const why = 'only the first result after a load has it, which does not count'
    return notJudged(`${say(cold)}, but ${why}`, cold.value)
  }
  const [nearest] = known
  if (nearest === undefined) {
    const whose =
      what === 'scenario' ? 'no result of this run that passed' : 'no result of this run'
    return notJudged(`${whose} has ${of}`)
  }
  const atMost = bound === 'max' ? 'at most' : 'at least'
  return held(nearest.value, `${say(nearest)}, ${atMost} ${text(limit)}`)
}

function nameOf({
  domain,
  models,
  loadout,
}: Pick<LoadoutFigures, 'domain' | 'models' | 'loadout'>): string {
  return `${domain} ${models.join(' + ') || loadout}`
}
