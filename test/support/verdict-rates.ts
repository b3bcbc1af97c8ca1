import { type Night, type Verdict, verdictsOf } from '../../src/report/nights/index.ts'
import { type History, simulatedNights } from './simulated-nights.ts'

type Kind = Omit<History, 'nights' | 'seed' | 'step'>

/** How many of quiet nights, each with so many nights before it, had anything told of them. */
export function alarmRate(before: number, count: number, kind: Kind, seed = 1) {
  let alarms = 0
  const covered = { held: 0, of: 0 }
  for (let trial = 0; trial < count; trial += 1) {
    const nights = simulatedNights({ ...kind, nights: before + 1, seed: seed * 1_000_003 + trial })
    const verdicts = lastVerdicts(nights)
    if (verdicts.some(({ state }) => state === 'changed')) alarms += 1
    for (const { change, aspect } of verdicts) {
      if (change === null || aspect === 'quality') continue
      covered.of += 1
      if (change.low <= 0 && change.high >= 0) covered.held += 1
    }
  }
  return { alarms, rate: alarms / count, coverage: covered.held / covered.of }
}

/** How often a step of the first loadout is told within three nights, and how often its night is right to one. */
export function stepRate(before: number, count: number, kind: Kind, size = 0.1, seed = 2) {
  const told = [0, 0, 0]
  const covered = { held: 0, of: 0 }
  let dated = 0
  const cover = ({ key, change }: Verdict): void => {
    const truth = key === 'tps' ? 1 / (1 + size) - 1 : size
    covered.of += 1
    if (change !== null && change.low <= truth && change.high >= truth) covered.held += 1
  }
  for (let trial = 0; trial < count; trial += 1) {
    const step = { at: before, size }
    const all = simulatedNights({
      ...kind,
      step,
      nights: before + 3,
      seed: seed * 1_000_003 + trial,
    })
    // All of the nights that are asked about are after the step; told or not, an interval has to hold it.
    lastVerdicts(all).filter(isOfStep).forEach(cover)
    for (const night of [0, 1, 2]) {
      const nights = all.slice(0, before + 1 + night)
      const [first] = lastVerdicts(nights).filter(({ state, ...one }) => {
        return state === 'changed' && isOfStep(one)
      })
      if (first === undefined) continue
      told[night] = (told[night] ?? 0) + 1
      const at = nights.findIndex(({ session }) => session === first.since)
      if (Math.abs(at - before) <= 1) dated += 1
      break
    }
  }
  const all = told.reduce((sum, each) => sum + each, 0)
  const byNight = told.map((each) => each / count)
  return { told: all / count, byNight, dated: dated / all, coverage: covered.held / covered.of }
}

function isOfStep({ loadout, aspect }: Pick<Verdict, 'loadout' | 'aspect'>): boolean {
  return loadout === 'sim://model-0' && (aspect === 'latency' || aspect === 'throughput')
}

function lastVerdicts(nights: readonly Night[]): readonly Verdict[] {
  return verdictsOf(nights.at(-1) as Night, nights.slice(0, -1)).verdicts
}
