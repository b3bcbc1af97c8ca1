import { casesOf } from './cases-of.ts'
import type { LoadoutNights } from './nights-of.ts'
import { type Outcomes, outcomeChance, shareDifference } from './outcome-test.ts'
import { MOST_BEFORE, windowShare } from './steps.ts'
import type { Night, NightCase, NightLoadout } from './types.ts'

/** How many scenarios passed on the newest nights beside those before. */
export interface PassRates {
  /** How many scenarios. */
  scenarios: number
  nights: { before: number; now: number }
  /** Sessions of the newest nights. */
  sessions: readonly string[]
  before: number | null
  now: number
  /** Null where no night before has any of the scenarios. */
  difference: { size: number; low: number; high: number } | null
  /** What the exact test says, shared out among windows; null where it was not made. */
  test: { chance: number; least: number; p: number } | null
}

/** Whether as many scenarios pass as on the nights before; the window of the newest nights that chance explains least. */
export function passRatesOf(
  loadout: NightLoadout,
  { before, now, isSameKind }: LoadoutNights,
  isTested: boolean,
): PassRates | null {
  const windows = now.map((_, at) => {
    const rest = isSameKind ? now.slice(0, now.length - 1 - at) : []
    const nights = [...before, ...rest].slice(-MOST_BEFORE)
    return ratesIn(loadout, nights, now.slice(now.length - 1 - at), windowShare(now.length, at + 1))
  })
  const known = windows.filter((one) => one !== null)
  const [first] = known
  if (first === undefined) return null
  if (!isTested) return { ...first, test: null }
  const best = known.reduce((a, b) => (chance(b) < chance(a) ? b : a))
  const least = Math.min(...known.map(({ test }) => test?.least ?? 1))
  return { ...best, test: best.test && { ...best.test, least } }
}

/** Whether a scenario passed that night: each of its attempts must; null where it did not run to an end. */
export function passes({ passed, n }: NightCase): boolean | null {
  return n === 0 ? null : passed === n
}

function chance({ test }: PassRates): number {
  return test?.chance ?? 1
}

function ratesIn(
  loadout: NightLoadout,
  before: readonly Night[],
  now: readonly Night[],
  share: number,
): PassRates | null {
  const tonight = now.at(-1)
  if (tonight === undefined) return null
  const keys = casesOf(tonight, loadout).flatMap((one) => (one.n > 0 ? [one.key] : []))
  if (keys.length === 0) return null
  const [left, right] = [before, now].map((nights) => tallies(loadout, nights))
  const all = keys.map((key): Outcomes => {
    const nothing = { failed: 0, n: 0 }
    return { before: left?.get(key) ?? nothing, now: right?.get(key) ?? nothing }
  })
  const old = all.filter((one) => one.before.n > 0)
  const told = old.length > 0 ? old : all
  const [then, today] = [totalOf(told, 'before'), totalOf(told, 'now')]
  const found = old.length > 0 ? outcomeChance(old) : null
  return {
    scenarios: told.length,
    nights: { before: before.length, now: now.length },
    sessions: now.map(({ session }) => session),
    before: then.n === 0 ? null : then.part / then.n,
    now: today.part / today.n,
    difference: then.n === 0 ? null : shareDifference(then, today),
    test: found && {
      p: found.chance,
      chance: Math.min(1, found.chance / share),
      least: Math.min(1, found.least / share),
    },
  }
}

function tallies(loadout: NightLoadout, nights: readonly Night[]) {
  const found = new Map<string, { failed: number; n: number }>()
  for (const night of nights) {
    for (const one of casesOf(night, loadout)) {
      const passed = passes(one)
      if (passed === null) continue
      const known = found.get(one.key) ?? { failed: 0, n: 0 }
      found.set(one.key, known)
      known.n += 1
      if (!passed) known.failed += 1
    }
  }
  return found
}

function totalOf(all: readonly Outcomes[], side: 'before' | 'now'): { part: number; n: number } {
  const n = all.reduce((sum, one) => sum + one[side].n, 0)
  return { n, part: n - all.reduce((sum, one) => sum + one[side].failed, 0) }
}
