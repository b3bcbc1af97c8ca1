import { own } from '../../host/own.ts'
import { pooledErrorRate } from '../../metrics/error-rate.ts'
import { editCounts } from '../compare/cases.ts'
import type { Measure } from '../compare/measure.ts'
import { isErrorRate, rowsOf } from './aspects.ts'
import { casesOf } from './cases-of.ts'
import { nightLevels } from './levels.ts'
import { loadoutIn, type LoadoutNights } from './nights-of.ts'
import type { NightSeries } from './steps.ts'
import type { Aspect, Night, NightCase, NightLoadout } from './types.ts'

/** The nights of a number as levels: logarithms where changes are ratios, else in the unit of the number. */
export interface NumberSeries {
  series: NightSeries
  by: 'ratio' | 'difference'
  /** Of tonight: the geometric mean over scenarios of a ratio, else the number itself. */
  value: number
  scenarios: number
  /** Sessions of `series.now`, and how many nights before there are. */
  sessions: readonly string[]
}

/** Nobody knows a time better than to half a per cent, a GPU's memory to 20 MB, or an error rate to a quarter of a point. */
const LEAST = { ratio: 0.005, memory: 0.02, quality: 0.0025 } as const
/** A scenario that fewer nights have says too little of an error rate that is pooled. */
const MOST_NIGHTS = 0.75

/** The series of a number of a loadout; null where tonight does not tell it. */
export function seriesOf(
  { key }: Measure,
  aspect: Aspect,
  loadout: NightLoadout,
  { before, spread, now, isSameKind }: LoadoutNights,
): NumberSeries | null {
  // A night may be among both those that tell the noise and those that are asked about: levels are of nights.
  const nights = [...spread, ...before, ...now]
  const told = valuesOf(key, aspect, loadout, nights)
  const value = told?.levels.at(-1) ?? null
  if (told === null || value === null) return null
  const known = nights.flatMap((night, at) => {
    const level = told.levels[at] ?? null
    if (level === null) return []
    const part =
      at < spread.length ? 'spread' : at < spread.length + before.length ? 'before' : 'now'
    return [{ level, session: night.session, part }]
  })
  const levels = (part: string): number[] =>
    known.flatMap((one) => (one.part === part ? [one.level] : []))
  const least =
    told.by === 'ratio' ? LEAST.ratio : LEAST[aspect === 'memory' ? 'memory' : 'quality']
  const series: NightSeries = {
    group: `${aspect} ${key}`,
    before: levels('before'),
    spread: levels('spread'),
    now: levels('now'),
    isSameKind,
    least,
  }
  const sessions = known.flatMap(({ session, part }) => (part === 'now' ? [session] : []))
  const { by, scenarios } = told
  return { series, by, scenarios, sessions, value: told.value ?? value }
}

interface Values {
  by: NumberSeries['by']
  /** One for each night; null where it does not tell. */
  levels: readonly (number | null)[]
  scenarios: number
  /** What stands for tonight, where that is not its level. */
  value?: number
}

/** The levels of a number on each of the nights, the last of which is tonight's. */
export function valuesOf(
  key: string,
  aspect: Aspect,
  loadout: NightLoadout,
  nights: readonly Night[],
): Values | null {
  if (aspect === 'memory' || aspect === 'loading') return ofLoadout(key, aspect, loadout, nights)
  if (aspect === 'quality' && isErrorRate(key)) return ofErrors(key, loadout, nights)
  return overScenarios(key, aspect, loadout, nights)
}

function ofLoadout(
  key: string,
  aspect: Aspect,
  loadout: NightLoadout,
  nights: readonly Night[],
): Values | null {
  const values = nights.map((night) => own(loadoutIn(night, loadout)?.values, key) ?? null)
  const tonight = values.at(-1) ?? null
  if (tonight === null) return null
  if (aspect === 'memory') return { by: 'difference', levels: values, scenarios: 0 }
  // From 0 there is no ratio.
  const levels = values.map((value) => (value !== null && value > 0 ? Math.log(value) : null))
  return tonight > 0 ? { by: 'ratio', levels, scenarios: 0, value: tonight } : null
}

/** Each scenario is held against itself, so that long ones weigh no more than short ones. */
function overScenarios(
  key: string,
  aspect: Aspect,
  loadout: NightLoadout,
  nights: readonly Night[],
): Values | null {
  const rows = new Map<string, (number | null)[]>()
  const isRatio = aspect !== 'quality'
  for (const at of nights.keys()) {
    const night = nights.at(-1 - at) as Night
    for (const one of sameCases(night, loadout, nights)) {
      for (const [row, value] of rowsOf(key, one)) {
        if (at === 0)
          rows.set(
            row,
            Array.from({ length: nights.length }, () => null),
          )
        const values = rows.get(row)
        if (values === undefined || (isRatio && !(value > 0))) continue
        values[nights.length - 1 - at] = isRatio ? Math.log(value) : value
      }
    }
  }
  const all = [...rows.values()]
  const told = all.flatMap((row) => row.at(-1) ?? [])
  if (told.length === 0) return null
  const mean = told.reduce((sum, value) => sum + value, 0) / told.length
  const paired = all.filter((row) => row.filter((value) => value !== null).length > 1)
  const levels = nightLevels(all)
  const value = isRatio ? Math.exp(mean) : mean
  return { by: isRatio ? 'ratio' : 'difference', levels, scenarios: paired.length, value }
}

/** Scenarios of a night but those whose file was another then, as far as anybody knows: they asked something else. */
function sameCases(
  night: Night,
  loadout: NightLoadout,
  nights: readonly Night[],
): readonly NightCase[] {
  const [then, now] = [night.texts ?? {}, nights.at(-1)?.texts ?? {}]
  return casesOf(night, loadout).filter(({ file = '' }) => {
    const [before, after] = [own(then, file), own(now, file)]
    return before === undefined || after === undefined || before === after
  })
}

/** Pooled over the scenarios that nearly all nights have; a night that lacks one of them has no rate to compare. */
function ofErrors(key: string, loadout: NightLoadout, nights: readonly Night[]): Values | null {
  const counts = nights.map(
    (night) =>
      new Map(
        sameCases(night, loadout, nights).flatMap(({ key: name, counts: of }) => {
          const own = of[key]
          return own === undefined ? [] : [[name, own] as const]
        }),
      ),
  )
  const tonight = counts.at(-1) ?? new Map<string, readonly number[]>()
  const isShared = (name: string): boolean =>
    counts.filter((of) => of.has(name)).length >= nights.length * MOST_NIGHTS
  const shared = [...tonight.keys()].filter(isShared)
  const names = shared.length > 0 ? shared : [...tonight.keys()]
  const levels = counts.map((of) => {
    const own = names.map((name) => of.get(name))
    const whole = own.filter((one) => one !== undefined)
    return whole.length < names.length ? null : pooledErrorRate(whole.map(editCounts))
  })
  if ((levels.at(-1) ?? null) === null) return null
  return { by: 'difference', levels, scenarios: names.length }
}
