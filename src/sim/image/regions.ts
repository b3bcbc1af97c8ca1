import { colourName } from './colour.ts'
import type { Pixels } from './png.ts'

/** Pixels of one colour that touch each other, also at corners, and the rectangle around them. */
export interface Region {
  colour: string
  /** How many pixels. */
  area: number
  x: number
  y: number
  width: number
  height: number
  /** Whether a pixel, counted from the corner of the rectangle, is one of its own. */
  has: (column: number, row: number) => boolean
}

/** Above this a picture is taken for a photograph, in which plain things are not looked for. */
const MAX_REGIONS = 400
const TRANSPARENT = 'transparent'

/** Name of each pixel's colour, as an index into `names`. */
export interface ColourMap {
  names: string[]
  at: Uint8Array
}

/** The everyday name of each pixel's colour. */
export function colourMap({ width, height, rgba }: Pixels): ColourMap {
  const names: string[] = []
  const known = new Map<number, number>()
  const at = new Uint8Array(width * height)
  for (let pixel = 0; pixel < at.length; pixel += 1) {
    const first = pixel * 4
    const [red, green, blue] = [rgba[first] ?? 0, rgba[first + 1] ?? 0, rgba[first + 2] ?? 0]
    const key = (rgba[first + 3] ?? 0) < 128 ? -1 : red * 65_536 + green * 256 + blue
    let index = known.get(key)
    if (index === undefined) {
      const name = key === -1 ? TRANSPARENT : colourName(red, green, blue)
      index = names.indexOf(name)
      if (index === -1) index = names.push(name) - 1
      known.set(key, index)
    }
    at[pixel] = index
  }
  return { names, at }
}

/** All regions but those of the background's colour; none in what looks like a photograph. */
export function regionsOf(
  { names, at }: ColourMap,
  width: number,
  height: number,
  background: string,
): Region[] {
  const owner = new Int32Array(at.length)
  const stack = new Int32Array(at.length)
  const ground = names.indexOf(background)
  const regions: Region[] = []
  for (let seed = 0; seed < at.length; seed += 1) {
    if (owner[seed] !== 0 || at[seed] === ground) continue
    if (regions.length === MAX_REGIONS) return []
    regions.push(grow(seed, regions.length + 1))
  }
  return regions

  function grow(seed: number, id: number): Region {
    const colour = at[seed] ?? 0
    let [left, right, top, bottom, area, size] = [width, 0, height, 0, 0, 0]
    stack[size++] = seed
    owner[seed] = id
    while (size > 0) {
      const pixel = stack[--size] ?? 0
      const column = pixel % width
      const row = (pixel - column) / width
      area += 1
      left = Math.min(left, column)
      right = Math.max(right, column)
      top = Math.min(top, row)
      bottom = Math.max(bottom, row)
      for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y += 1) {
        for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x += 1) {
          const next = y * width + x
          if (owner[next] !== 0 || at[next] !== colour) continue
          owner[next] = id
          stack[size++] = next
        }
      }
    }
    return {
      colour: names[colour] ?? TRANSPARENT,
      area,
      x: left,
      y: top,
      width: right - left + 1,
      height: bottom - top + 1,
      has: (column, row) => owner[(top + row) * width + left + column] === id,
    }
  }
}
