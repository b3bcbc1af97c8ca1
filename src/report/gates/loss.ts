import { median, speedRatio } from '../../metrics/speed-ratio.ts'
import { studentQuantile } from '../../metrics/student-t.ts'
import { floorOf, measureOf } from '../compare/measure.ts'
import { rowsOf } from '../nights/aspects.ts'
import { casesOf } from '../nights/cases-of.ts'
import type { Night, NightLoadout, Verdict } from '../nights/index.ts'

/** How much slower a loadout is than it was, by one aspect. Shares: 0.1 is a tenth more time, below 0 is faster. */
export interface Loss {
  /** `llm sim://a`. */
  place: string
  title: string
  size: number
  /** Its 95 % interval between nights; null where nobody knows how much nights differ. */
  low: number | null
  high: number | null
  scenarios: number
  /** It is slower, by more than nights differ anyway. */
  isWorse: boolean
  /** The difference is a trifle. */
  isSmall: boolean
  /** What it would take to tell; null where that is told. */
  needs: string | null
}

interface Nights {
  tonight: Night
  /** The night to hold to. */
  reference: Night
  /** Verdicts against that night and those before it, and against all recent ones. */
  verdicts: readonly Verdict[]
  nightly: readonly Verdict[]
}

const SPEED = ['latency', 'throughput'] as const
const LEVEL = 0.95

/** Latency and throughput of a loadout, as far as both nights tell them. */
export function lossesOf(loadout: NightLoadout, nights: Nights): Loss[] {
  return SPEED.flatMap((aspect) => {
    const of = (verdicts: readonly Verdict[]): Verdict | undefined =>
      verdicts.find(
        (one) =>
          one.aspect === aspect && one.domain === loadout.domain && one.loadout === loadout.loadout,
      )
    const verdict = of(nights.verdicts)
    const pairs = verdict === undefined ? [] : pairsOf(verdict.key, loadout, nights)
    if (verdict === undefined || pairs.length === 0) return []
    const told = verdict.change?.by === 'ratio' ? toldLoss(verdict) : null
    return told ?? pairedLoss(verdict, pairs, of(nights.nightly), nights)
  })
}

/** By the nights before the one to hold to, where there are enough. */
function toldLoss(verdict: Verdict): Loss | null {
  const { change, state, direction, needs } = verdict
  if (change === null) return null
  const [size, one, other] = [change.size, change.low, change.high].map((by) => lossOf(by, verdict))
  return {
    ...headOf(verdict),
    size: size!,
    low: Math.min(one!, other!),
    high: Math.max(one!, other!),
    scenarios: verdict.n.scenarios,
    isWorse: state === 'changed' && direction === 'worse',
    isSmall: state === 'not_changed',
    needs,
  }
}

/**
 * By that night alone, with the noise of recent nights: a night less another has twice the variance of one (the
 * prediction interval of one observation from another). Over all numbers of the gate at most one in forty is told to be
 * slower that is not.
 */
function pairedLoss(
  verdict: Verdict,
  pairs: readonly { from: number; to: number }[],
  recent: Verdict | undefined,
  { verdicts }: Nights,
): Loss[] {
  const found = speedRatio(pairs)
  if (found === null) return []
  const log = Math.log(1 + lossOf(found.ratio - 1, verdict))
  const head = { ...headOf(verdict), size: Math.expm1(log), scenarios: found.n }
  const isSmall = isTrifle(verdict.key, pairs)
  const noise = recent?.change?.by === 'ratio' ? recent.noise : null
  const freedom = recent?.test?.degreesOfFreedom ?? null
  if (noise === null || freedom === null) {
    return [
      { ...head, low: null, high: null, isWorse: false, isSmall: false, needs: verdict.needs },
    ]
  }
  const error = Math.log1p(noise) * Math.SQRT2
  const judged = verdicts.filter(({ aspect }) => SPEED.some((one) => one === aspect)).length
  const margin = studentQuantile((1 + LEVEL) / 2, freedom) * error
  const strict = studentQuantile(1 - (1 - LEVEL) / 2 / Math.max(1, judged), freedom) * error
  const needs = `single nights differ by ${Math.round(Math.expm1(error) * 1_000) / 10} % anyway`
  return [
    {
      ...head,
      low: Math.expm1(log - margin),
      high: Math.expm1(log + margin),
      isWorse: !isSmall && log > strict,
      isSmall,
      needs,
    },
  ]
}

/** The scenarios that both nights have the number of, each with itself: warm beside warm, cold beside cold. */
function pairsOf(
  key: string,
  loadout: NightLoadout,
  { tonight, reference }: Nights,
): { from: number; to: number }[] {
  const before = new Map(casesOf(reference, loadout).flatMap((one) => rowsOf(key, one)))
  return casesOf(tonight, loadout)
    .flatMap((one) => rowsOf(key, one))
    .flatMap(([row, to]) => {
      const from = before.get(row)
      return from === undefined || !(from > 0) || !(to > 0) ? [] : [{ from, to }]
    })
}

/** Of a typical scenario the difference is too small for anybody to care. */
function isTrifle(key: string, pairs: readonly { from: number; to: number }[]): boolean {
  const measure = measureOf(key)
  const difference = median(pairs.map(({ from, to }) => Math.abs(to - from))) ?? 0
  return measure !== null && difference < floorOf(measure)
}

/** How much more time it takes: half as many tokens a second are 100 % more time. */
function lossOf(change: number, { key }: Verdict): number {
  return measureOf(key)?.better === 'higher' ? 1 / (1 + change) - 1 : change
}

function headOf({ domain, loadout, title, key }: Verdict): Pick<Loss, 'place' | 'title'> {
  const isRate = measureOf(key)?.better === 'higher'
  return { place: `${domain} ${loadout}`, title: isRate ? `time by ${title}` : title }
}
