import { spread } from './lanes.ts'
import { AT_STAKE_BYTES, type Loss, type TornSession } from './torn-files.ts'

/** Where a file is damaged, and how. `kind`: why it is tried when it is. */
export interface TornPlace {
  name: string
  offset: number
  loss: Loss
  kind: PlaceKind
}

type PlaceKind = (typeof KINDS)[number]

/** In the order in which they are tried: what happens most first. */
const KINDS = ['last 8 KB', 'line ends', 'other'] as const
const LAST_BYTES = 8 * 1024
/** So far around the end of a line. */
const AROUND_BYTES = 2
const LOSSES: Loss[] = ['cut', 'zeros']
/** Between neighbours of those that are tried. A prime. */
const STRIDE = 1_009

/** Which of the places a process takes: every `count`-th, from the `index`-th on. */
export interface Share {
  index: number
  count: number
}

/** Every `step`-th offset of the last 64 KB of each file, cut and zero-filled. */
export function placesOf(
  torn: TornSession,
  names: readonly string[],
  {
    step,
    first = 0,
    share = { index: 0, count: 1 },
  }: { step: number; first?: number; share?: Share },
): TornPlace[] {
  const found = new Map<PlaceKind, TornPlace[]>(KINDS.map((kind) => [kind, []]))
  for (const name of names) {
    const size = torn.sizeOf(name)
    const ends = new Set(torn.lineEnds(name).flatMap(around))
    for (let offset = Math.max(0, size - AT_STAKE_BYTES) + first; offset < size; offset += step) {
      const isNear = ends.has(offset)
      const kind = offset >= size - LAST_BYTES ? 'last 8 KB' : isNear ? 'line ends' : 'other'
      for (const loss of LOSSES) found.get(kind)!.push({ name, offset, loss, kind })
    }
  }
  const places = [...found.values()].flatMap((some) => spread(some, STRIDE))
  return places.filter((_, index) => index % share.count === share.index)
}

function around(end: number): number[] {
  return Array.from({ length: 2 * AROUND_BYTES + 1 }, (_, index) => end - AROUND_BYTES + index)
}
