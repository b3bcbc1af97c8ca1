import type { MemoryNeed, PartName } from '../need.ts'
import type { Room } from './rooms.ts'

export type Verdict = 'fits' | 'too_large' | 'unknown'

/** One model of a loadout, and how its engine goes about several GPUs. */
export interface Demand {
  need: MemoryNeed
  /** GPUs that share it evenly, as the plan asks for (`#tensor_parallel`). */
  cards: number
  /** Whether its engine lays it over several GPUs by itself. */
  spreads: boolean
  /** Whether it can be told which GPUs to take. */
  canBePinned: boolean
}

/** Where a model goes. */
export interface Placement {
  need: MemoryNeed
  verdict: Verdict
  /** Its rooms; several where it is laid over them. */
  rooms: readonly Room[]
  /** Bytes that were left for it in them; null where nobody knows. */
  free: number | null
  /** Whether the engine has to be told: by itself it would go elsewhere. */
  isPinned: boolean
  /** Why it does not fit although there is as much in all; null where that is not so. */
  why: string | null
}

const LARGE: ReadonlySet<PartName> = new Set(['weights', 'kv_cache', 'state'])

/** A room, and what is left of it once the models before have their part. */
interface Left {
  room: Room
  left: number | null
}

/**
 * Where the models of a loadout go, in their order: the largest chooses first. A model that one GPU has room for goes to one; what
 * an engine spreads by itself takes part of each.
 */
export function placeAll(demands: readonly Demand[], rooms: readonly Room[]): Placement[] {
  const lefts = rooms.map((room): Left => ({ room, left: room.free }))
  const placed = new Map<Demand, Placement>()
  for (const demand of demands.toSorted(bySize)) {
    const placement = place(demand, lefts, demands.length > 1)
    const isKnown = placement.verdict !== 'fits' || isKnownToFit(demand.need)
    placed.set(demand, isKnown ? placement : { ...placement, verdict: 'unknown' })
  }
  return demands.map((demand) => placed.get(demand)!)
}

/** What is small may be unknown; how large weights and context are must not. */
function isKnownToFit({ parts }: MemoryNeed): boolean {
  return parts.every(({ name, bytes }) => bytes !== null || !LARGE.has(name))
}

const bySize = (one: Demand, other: Demand): number =>
  (other.need.bytes ?? -1) - (one.need.bytes ?? -1)

function place(demand: Demand, lefts: readonly Left[], areSeveral: boolean): Placement {
  const { need, cards, spreads, canBePinned } = demand
  const { bytes } = need
  const own = spreads && (!areSeveral || !canBePinned) ? lefts : lefts.slice(0, cards)
  const of = (
    verdict: Verdict,
    chosen: readonly Left[],
    more: Partial<Placement> = {},
  ): Placement => ({
    need,
    verdict,
    rooms: chosen.map(({ room }) => room),
    free: sumOf(chosen.map(({ left }) => left)),
    isPinned: false,
    why: null,
    ...more,
  })
  if (bytes === null || own.length === 0) return of('unknown', own)
  if (own.some(({ left }) => left === null)) {
    const total = sumOf(own.map(({ room }) => room.total))
    return of(total !== null && bytes > total ? 'too_large' : 'unknown', own)
  }
  if (spreads && own.length === lefts.length && !(areSeveral && canBePinned)) {
    const room = sumOf(own.map(({ left }) => left))!
    const placement = of(bytes <= room ? 'fits' : 'too_large', own)
    take(own, bytes, room)
    return placement
  }
  const share = bytes / cards
  const roomy = lefts.filter(({ left }) => left !== null && left >= share)
  const isOwnRoomy = own.length === cards && own.every(({ left }) => left! >= share)
  if (isOwnRoomy && !areSeveral) return taken(of('fits', own), own, share)
  if (canBePinned && roomy.length >= cards) {
    const best = isOwnRoomy ? own : roomy.toSorted((a, b) => b.left! - a.left!).slice(0, cards)
    return taken(of('fits', best, { isPinned: lefts.length > cards }), best, share)
  }
  if (isOwnRoomy) return taken(of('fits', own), own, share)
  if (spreads) {
    const room = sumOf(lefts.map(({ left }) => left))
    const placement = of(room !== null && bytes <= room ? 'fits' : 'too_large', lefts)
    take(lefts, bytes, room ?? 0)
    return placement
  }
  const placement = of('too_large', own, { why: whyNot(demand, lefts, share) })
  take(own, bytes, sumOf(own.map(({ left }) => left))!)
  return placement
}

function taken(placement: Placement, chosen: readonly Left[], share: number): Placement {
  for (const one of chosen) one.left = one.left! - share
  return placement
}

/** Takes of each what it has in proportion. */
function take(chosen: readonly Left[], bytes: number, room: number): void {
  const part = room === 0 ? 1 : Math.min(1, bytes / room)
  for (const one of chosen) if (one.left !== null) one.left *= 1 - part
}

function whyNot({ need, cards }: Demand, lefts: readonly Left[], share: number): string | null {
  if (cards > lefts.length) {
    return `the plan asks for ${cards} GPUs (#tensor_parallel), and there ${lefts.length === 1 ? 'is 1' : `are ${lefts.length}`}`
  }
  const all = sumOf(lefts.map(({ left }) => left))
  if (all === null || all < need.bytes!) return null
  const largest = Math.max(...lefts.map(({ left }) => left ?? 0))
  const each = cards === 1 ? 'on one GPU it' : `of ${cards} GPUs each`
  return `${each} takes ${amountOf(share)}, and no GPU has more than ${amountOf(largest)} left`
}

/** Bytes for people: MB below one GB. */
export function amountOf(bytes: number): string {
  const gigabytes = bytes / 1024 ** 3
  return gigabytes > 0 && gigabytes < 0.995
    ? `${Math.round(gigabytes * 1024)} MB`
    : `${gigabytes.toFixed(2)} GB`
}

/** The sum of some numbers; null where one of them is not known, and of none. */
export function sumOf(numbers: readonly (number | null)[]): number | null {
  if (numbers.length === 0) return null
  return numbers.reduce<number | null>(
    (sum, one) => (sum === null || one === null ? null : sum + one),
    0,
  )
}
