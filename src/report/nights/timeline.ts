import type { Domain } from '../../events/index.ts'
import type { Measure } from '../compare/measure.ts'
import { ASPECTS } from './aspects.ts'
import { type Break, breaksOf } from './breaks.ts'
import { casesOf } from './cases-of.ts'
import { type ChangePoint, changePointsOf } from './change-points.ts'
import { type Mark, marksOf } from './marks.ts'
import { loadoutIn } from './nights-of.ts'
import { measureFor } from './questions.ts'
import { valuesOf } from './series.ts'
import type { Aspect, Night, NightLoadout } from './types.ts'

/** From a night on an aspect of a loadout is different. */
export interface Shift {
  domain: Domain
  loadout: string
  aspect: Aspect
  key: string
  title: string
  unit: string
  /** The first night of the new level, and the last of the one before. */
  session: string
  last: string
  direction: 'better' | 'worse'
  /** As a verdict's. */
  change: { by: 'ratio' | 'difference'; size: number; low: number; high: number }
  /** How many nights each level is of. */
  nights: { before: number; after: number }
}

/** Several loadouts that shift on one night, with what else is new then. */
export interface Coincidence {
  session: string
  loadouts: { domain: Domain; loadout: string }[]
  marks: Mark[]
}

/** What happened over all nights, on one axis. */
export interface Timeline {
  /** Sessions, oldest first. */
  nights: string[]
  shifts: Shift[]
  breaks: Break[]
  marks: Mark[]
  coincidences: Coincidence[]
}

/** At most so many of quiet histories have any shift told of them. */
const LEVEL = 0.05

/**
 * Since when things are as they are. `nights`: those of one host and plan, oldest first, the last of which is asked about;
 * `all`: the same with those of other hosts between them, for what else is new.
 */
export function timelineOf(nights: readonly Night[], all: readonly Night[] = nights): Timeline {
  const newest = nights.at(-1)
  const asked = (newest?.loadouts ?? []).flatMap((loadout) =>
    ASPECTS.flatMap((aspect) => historyOf(aspect, loadout, nights)),
  )
  const level = LEVEL / Math.max(1, asked.length)
  const shifts = asked.flatMap((history) =>
    changePointsOf(
      history.known.map(({ value }) => value),
      level,
    ).map((point) => shiftOf(point, history)),
  )
  const order = new Map(nights.map(({ session }, at) => [session, at]))
  const position = (session: string): number => order.get(session) ?? 0
  const sorted = shifts.toSorted((a, b) => position(a.session) - position(b.session))
  const marks = marksOf(all)
  return {
    nights: nights.map(({ session }) => session),
    shifts: sorted,
    breaks: breaksOf(nights),
    marks,
    coincidences: coincidencesOf(sorted, marks, nights),
  }
}

interface History {
  loadout: NightLoadout
  aspect: Aspect
  measure: Measure
  by: 'ratio' | 'difference'
  known: { session: string; value: number }[]
}

function historyOf(aspect: Aspect, loadout: NightLoadout, nights: readonly Night[]): History[] {
  const own = nights.filter((night) => loadoutIn(night, loadout) !== undefined)
  const newest = own.at(-1)
  const measure = newest && measureFor(aspect, loadout, casesOf(newest, loadout))
  const told = measure && valuesOf(measure.key, aspect, loadout, own)
  if (!measure || !told) return []
  const known = own.flatMap(({ session }, at) => {
    const value = told.levels[at] ?? null
    return value === null ? [] : [{ session, value }]
  })
  return [{ loadout, aspect, measure, by: told.by, known }]
}

function shiftOf(point: ChangePoint, { loadout, aspect, measure, by, known }: History): Shift {
  const { at, size, low, high, before, after } = point
  const told = by === 'ratio' ? Math.expm1 : (value: number): number => value
  const isWorse = measure.better === 'lower' ? size > 0 : size < 0
  return {
    domain: loadout.domain,
    loadout: loadout.loadout,
    aspect,
    key: measure.key,
    title: measure.title,
    unit: measure.unit,
    session: known[at]?.session ?? '',
    last: known[at - 1]?.session ?? '',
    direction: isWorse ? 'worse' : 'better',
    change: { by, size: told(size), low: told(low), high: told(high) },
    nights: { before, after },
  }
}

/** A shift is dated to a night or so: what is new on the night itself or the ones beside it may have come with it. */
function coincidencesOf(
  shifts: readonly Shift[],
  marks: readonly Mark[],
  nights: readonly Night[],
): Coincidence[] {
  const position = new Map(nights.map(({ session }, at) => [session, at]))
  const at = (session: string): number => position.get(session) ?? Number.NEGATIVE_INFINITY
  const places = [...new Set([...marks, ...shifts].map(({ session }) => session))]
    .filter((session) => position.has(session))
    .toSorted((a, b) => at(a) - at(b))
  const taken = new Set<Shift>()
  // Nights on which something is new draw the shifts beside them.
  const ordered = places.toSorted((a, b) => Number(isMarked(b, marks)) - Number(isMarked(a, marks)))
  const found = ordered.flatMap((session): Coincidence[] => {
    const own = shifts.filter(
      (shift) => !taken.has(shift) && Math.abs(at(shift.session) - at(session)) <= 1,
    )
    const loadouts = distinct(own)
    if (loadouts.length < 2) return []
    for (const shift of own) taken.add(shift)
    const beside = marks.filter((mark) => mark.session === session)
    return [{ session, loadouts, marks: beside }]
  })
  return found.toSorted((a, b) => at(a.session) - at(b.session))
}

function isMarked(session: string, marks: readonly Mark[]): boolean {
  return marks.some((mark) => mark.session === session)
}

function distinct(shifts: readonly Shift[]): Coincidence['loadouts'] {
  const known = new Map(
    shifts.map(({ domain, loadout }) => [`${domain} ${loadout}`, { domain, loadout }]),
  )
  return [...known.values()]
}
