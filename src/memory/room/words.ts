import { type MemoryNeed, type MemoryPart, type PartName } from '../need.ts'
import { amountOf, type Placement, sumOf } from './placement.ts'
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
/** Parts below this are noise. */
const SMALL_BYTES = 1024 ** 2

/** What one model needs, what is free for it and, where it does not fit, what would: what matters, without its parts. */
export function placementInWords(placement: Placement, holders: readonly Holder[]): string {
  const { need, verdict, rooms, why } = placement
  if (need.bytes === null) return `needs nobody knows how much memory: ${need.restsOn.join('; ')}.`
  const isLeast = need.parts.some(({ bytes }) => bytes === null)
  const amount = `${isLeast ? 'at least ' : ''}${amountOf(need.bytes)}`
  const told = [`needs ${amount}, and ${freeInWords(placement, memoryOf(rooms))}.`]
  if (verdict === 'unknown') told.push('Whether it fits is not known.')
  if (verdict !== 'fits') told.push(...heldInWords(holders))
  if (verdict === 'too_large') told.push(...(why === null ? [] : [`${why}.`]), remedyOf(placement))
  return told.join(' ')
}

/** What a need is made of: each part with where it comes from, and what all of them rest on. */
export function partsInWords(need: MemoryNeed): string {
  const grounds = groundsOf(need)
  const parts = need.parts.filter(isConsiderable).map(partInWords).join(', ')
  return `${parts}.${grounds === '' ? '' : ` It rests on ${grounds}.`}`
}

/** Whether a part is large enough to be told to people. */
export function isConsiderable({ bytes }: MemoryPart): boolean {
  return bytes === null || bytes >= SMALL_BYTES
}

/** What a need rests on, without what its parts say already. */
export function groundsOf({ parts, restsOn }: MemoryNeed): string {
  const said = new Set(parts.map(({ source }) => (source.from === 'unknown' ? source.why : '')))
  return restsOn.filter((ground) => !said.has(ground)).join('; ')
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
  return `${what} ${amountOf(bytes)} (${from})`
}

/** What would fit: the largest context, where there is one. */
export function largestContextOf({ need, free }: Placement): number | null {
  return free === null ? null : need.contextFor(free)
}

/** The change of the plan that lets a model in. */
export function remedyOf(placement: Placement): string {
  const context = largestContextOf(placement)
  if (context !== null) return `The largest context that fits is #ctx=${context}.`
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

/** Whose memory these are. */
export function memoryOf(rooms: readonly Room[]): string {
  const gpus = rooms.flatMap(({ gpu }) => (gpu === null ? [] : gpu.index))
  // There is one, and nobody tells of it.
  if (rooms.length === 0) return 'the GPU'
  if (gpus.length === 0) return 'main memory'
  return gpus.length === 1 ? `GPU ${gpus[0]}` : `GPUs ${gpus.join(', ')}`
}

function freeInWords({ rooms, free }: Placement, where: string): string {
  return freeOf(free, sumOf(rooms.map(({ total }) => total)), where)
}

/** How much of some memory is free. */
export function freeOf(free: number | null, total: number | null, where: string): string {
  const of = total === null ? where : `${amountOf(total)} of ${where}`
  if (free === null) return `how much of ${of} is free is not known`
  return `${amountOf(free)} of ${of} ${free === 0 ? 'is' : 'are'} free`
}

function heldInWords(holders: readonly Holder[]): string[] {
  const large = holders
    .filter(({ used }) => (used ?? 0) >= CONSIDERABLE_BYTES)
    .toSorted((one, other) => other.used! - one.used!)
  if (large.length === 0) return []
  const shown = large.slice(0, MOST_HOLDERS).map(({ pid, name, used }) => {
    return `${name} (pid ${pid}) ${amountOf(used!)}`
  })
  const more = large.length > MOST_HOLDERS ? ` and ${large.length - MOST_HOLDERS} more` : ''
  return [`Held by others: ${shown.join(', ')}${more}.`]
}

/** What a loadout of these needs together, bytes; null where one of them is not known. */
export function neededTogether(needs: readonly MemoryNeed[]): number | null {
  return sumOf(needs.map(({ bytes }) => bytes))
}
