import { speedRatio } from '../../metrics/speed-ratio.ts'
import { measureOf } from '../compare/measure.ts'
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
  /** Of tonight, held to that night. */
  verdicts: readonly Verdict[]
}

const SPEED = ['latency', 'throughput'] as const

/** Latency and throughput of a loadout, as far as both nights tell them. */
export function lossesOf(loadout: NightLoadout, nights: Nights): Loss[] {
  return SPEED.flatMap((aspect) => {
    const verdict = nights.verdicts.find(
      (one) =>
        one.aspect === aspect && one.domain === loadout.domain && one.loadout === loadout.loadout,
    )
    const pairs = verdict === undefined ? [] : pairsOf(verdict.key, loadout, nights)
    if (verdict === undefined || pairs.length === 0) return []
    const { change } = verdict
    return change?.by === 'ratio' ? toldLoss(verdict, change) : untoldLoss(verdict, pairs)
  })
}

/** By how much nights differ. */
function toldLoss(verdict: Verdict, change: NonNullable<Verdict['change']>): Loss {
  const { state, direction, needs } = verdict
  const ends = [lossOf(change.low, verdict), lossOf(change.high, verdict)]
  return {
    ...headOf(verdict),
    size: lossOf(change.size, verdict),
    low: Math.min(...ends),
    high: Math.max(...ends),
    scenarios: verdict.n.scenarios,
    isWorse: state === 'changed' && direction === 'worse',
    isSmall: state === 'not_changed',
    needs,
  }
}

/** Nobody knows how much nights differ: how large it is can be said all the same. */
function untoldLoss(verdict: Verdict, pairs: readonly { from: number; to: number }[]): Loss[] {
  const found = speedRatio(pairs)
  if (found === null) return []
  const size = lossOf(found.ratio - 1, verdict)
  const nothing = { low: null, high: null, isWorse: false, isSmall: false }
  return [{ ...headOf(verdict), size, scenarios: found.n, ...nothing, needs: verdict.needs }]
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

/** How much more time it takes: half as many tokens a second are 100 % more time. */
function lossOf(change: number, { key }: Verdict): number {
  return measureOf(key)?.better === 'higher' ? 1 / (1 + change) - 1 : change
}

function headOf({ domain, loadout, title, key }: Verdict): Pick<Loss, 'place' | 'title'> {
  const isRate = measureOf(key)?.better === 'higher'
  return { place: `${domain} ${loadout}`, title: isRate ? `time by ${title}` : title }
}
