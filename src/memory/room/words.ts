import { type MemoryNeed, type MemoryPart, type PartName, tokens } from '../need.ts'
import { inGigabytes, type Placement } from './placement.ts'
import type { Holder, Room } from './rooms.ts'

const NAMES: Record<PartName, string> = {
  weights: 'weights',
  kv_cache: 'KV cache',
  state: 'state',
  compute: 'compute buffer',
  output: 'output',
  graphs: 'graphs',
  overhead: 'overhead',
}
/** Compositors and the like hold less. */
const CONSIDERABLE_BYTES = 128 * 1024 ** 2
const MOST_HOLDERS = 4

/** What one model needs and why that fits or does not: a sentence or two. */
export function placementInWords(placement: Placement, holders: readonly Holder[]): string {
  const { need, verdict, rooms, why } = placement
  const parts = `${need.parts.map(partInWords).join(', ')}. It rests on ${need.restsOn.join('; ')}.`
  if (need.bytes === null) {
    return `What ${need.model} needs is not known: ${need.restsOn.join('; ')}.`
  }
  const amount = `${need.parts.some(({ bytes }) => bytes === null) ? 'at least ' : ''}${inGigabytes(need.bytes)}`
  const needs = `${need.model} needs ${amount} of ${memoryOf(rooms)}: ${parts}`
  const room = `${freeInWords(placement)}${heldInWords(holders)}`
  if (verdict !== 'too_large') return `${needs} ${room}`
  return [needs, room, ...(why === null ? [] : [`${why}.`]), remedyOf(placement)].join(' ')
}

/** A part with where its number comes from. */
export function partInWords({ name, bytes, source }: MemoryPart): string {
  const what = NAMES[name]
  if (bytes === null) {
    return `${what} not known${source.from === 'unknown' ? ` (${source.why})` : ''}`
  }
  const from =
    source.from === 'learned'
      ? `learned, n=${source.n}`
      : source.from === 'predicted'
        ? 'predicted'
        : 'unknown'
  return `${what} ${inGigabytes(bytes)} (${from})`
}

/** What would fit: the largest context, where there is one. */
export function largestContextOf({ need, free }: Placement): number | null {
  return free === null ? null : need.contextFor(free)
}

/** The change of the plan that lets a model in. */
export function remedyOf(placement: Placement): string {
  const context = largestContextOf(placement)
  if (context !== null)
    return `The largest context that fits is #ctx=${context} (${tokens(context)} tokens).`
  return isHopeless(placement)
    ? 'No context is short enough: the rest alone is too large.'
    : 'How long a context would fit is not known.'
}

/** Whether what does not grow with the context is too large by itself. */
function isHopeless({ need, free }: Placement): boolean {
  const grows = new Set<PartName>(['kv_cache', 'compute'])
  const fixed = need.parts.filter(({ name }) => !grows.has(name))
  return free !== null && fixed.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0) > free
}

export function memoryOf(rooms: readonly Room[]): string {
  const gpus = rooms.flatMap(({ gpu }) => (gpu === null ? [] : gpu.index))
  if (gpus.length === 0) return 'main memory'
  return gpus.length === 1 ? `GPU ${gpus[0]}` : `GPUs ${gpus.join(', ')}`
}

function freeInWords({ rooms, free }: Placement): string {
  const totals = rooms.map(({ total }) => total)
  const total = totals.includes(null) ? null : totals.reduce<number>((sum, one) => sum + one!, 0)
  const of = total === null ? '' : ` of ${inGigabytes(total)}`
  if (free === null) return `How much${of} is free is not known.`
  return `${inGigabytes(free)}${of} ${free === 0 ? 'is' : 'are'} free.`
}

function heldInWords(holders: readonly Holder[]): string {
  const large = holders
    .filter(({ used }) => (used ?? 0) >= CONSIDERABLE_BYTES)
    .toSorted((one, other) => other.used! - one.used!)
  if (large.length === 0) return ''
  const shown = large.slice(0, MOST_HOLDERS).map(({ pid, name, used }) => {
    return `${name} (pid ${pid}) ${inGigabytes(used!)}`
  })
  const more = large.length > MOST_HOLDERS ? ` and ${large.length - MOST_HOLDERS} more` : ''
  return ` Held by others: ${shown.join(', ')}${more}.`
}

/** What a loadout of these needs together, bytes; null where one of them is not known. */
export function neededTogether(needs: readonly MemoryNeed[]): number | null {
  return needs.reduce<number | null>(
    (sum, { bytes }) => (sum === null || bytes === null ? null : sum + bytes),
    0,
  )
}
