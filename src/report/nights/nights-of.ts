import { FEWEST_BEFORE, MOST_WINDOW } from './steps.ts'
import { changesOf, reasonToLeaveOut, surroundingsOf } from './identity.ts'
import type { Night, NightLoadout } from './types.ts'

/** Nights of one loadout, oldest first: those that say how it was, and those that are asked about. */
export interface LoadoutNights {
  before: readonly Night[]
  /** The last of them is the one that is asked about. */
  now: readonly Night[]
  /** Where there are too few before: others by which it is known how much nights differ, but not how it was. */
  spread: readonly Night[]
  /** Whether older nights of `now` are of the same kind as those before. */
  isSameKind: boolean
  /** Why no night can be held beside the one that is asked about; null where any could be. */
  refusal: string | null
  /** What else is different between both: `driver 590.44 → 595.10`. */
  differences: readonly string[]
}

/** A night that says nothing of another, with the reason. */
export interface LeftOut {
  session: string
  why: string
}

/** The nights that can be held beside one, oldest first, and those that cannot. */
export function comparableNights(
  tonight: Night,
  nights: readonly Night[],
): { nights: Night[]; leftOut: LeftOut[] } {
  const kept: Night[] = []
  const leftOut: LeftOut[] = []
  for (const night of nights) {
    if (night.directory === tonight.directory) continue
    const why = reasonToLeaveOut(night, tonight)
    if (why === null) kept.push(night)
    else leftOut.push({ session: night.session, why })
  }
  return { nights: kept, leftOut }
}

/**
 * Which nights a loadout is judged by. Where enough nights ran on what it runs on tonight these are the ones. Where a
 * driver, an engine or a model is new, the nights before it are: they tell how noisy they were and what the change came
 * with. `reference`: the night to hold to instead, with those before it that were like it.
 */
export function nightsOf(
  loadout: NightLoadout,
  tonight: Night,
  comparable: readonly Night[],
  reference: Night | null,
): LoadoutNights {
  const own = comparable.filter((night) => loadoutIn(night, loadout) !== undefined)
  const kindOf = (night: Night) => surroundingsOf(night, loadout)
  const alike = (as: Night) => (night: Night) => changesOf(kindOf(night), kindOf(as)).length === 0
  if (reference !== null) {
    const refusal = refusalOf(loadout, tonight, reference)
    const at = own.findIndex(({ directory }) => directory === reference.directory)
    const before = own.slice(0, at + 1).filter(alike(reference))
    const after = own.slice(at + 1).filter(alike(tonight))
    // Of too early a night the noise is known from those that followed it.
    const spread = before.length < FEWEST_BEFORE ? after : []
    const nights = { before: refusal === null ? before : [], spread, refusal }
    return { ...nights, ...newest(after, false, reference) }
  }
  const same = own.filter(alike(tonight))
  const last = own.findLast((night) => !alike(tonight)(night))
  if (same.length >= FEWEST_BEFORE || last === undefined) {
    const cut = Math.max(0, same.length - MOST_WINDOW + 1)
    return { before: same.slice(0, cut), ...NOTHING, ...newest(same.slice(cut), true, null) }
  }
  return { before: own.filter(alike(last)), ...NOTHING, ...newest(same, false, last) }

  function newest(others: readonly Night[], isSameKind: boolean, from: Night | null) {
    const now = [...others.slice(1 - MOST_WINDOW), tonight]
    const [left, right] = [from ?? tonight, tonight].map((night) => surroundingsOf(night, loadout))
    return { now, isSameKind, differences: changesOf(left!, right!) }
  }
}

const NOTHING = { spread: [], refusal: null }

function refusalOf(loadout: NightLoadout, tonight: Night, reference: Night): string | null {
  const why = reasonToLeaveOut(reference, tonight)
  if (why !== null) return `${reference.session} is no night to hold it to: ${why}`
  const has = loadoutIn(reference, loadout) !== undefined
  return has ? null : `${reference.session} has no such loadout`
}

/** The loadout of that name in another night. */
export function loadoutIn(
  night: Night,
  { domain, loadout }: NightLoadout,
): NightLoadout | undefined {
  return night.loadouts.find((one) => one.domain === domain && one.loadout === loadout)
}

/** How many more whole nights it takes until anything can be said. */
export function nightsMissing({ before, spread, now, isSameKind }: LoadoutNights): number {
  const known = before.length + (isSameKind ? now.length - 1 : 0)
  return Math.max(0, FEWEST_BEFORE - (known === 0 ? 0 : Math.max(known, spread.length)))
}
