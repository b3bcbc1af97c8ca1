import type { Picture } from '../brain/turn.ts'
import { readLetters } from './letters.ts'
import type { Pixels } from './png.ts'
import { colourMap, regionsOf } from './regions.ts'
import { shapesOf } from './shapes.ts'

/** What there is to see: the size, the colour that most pixels have, plain things, and words. */
export function see(pixels: Pixels): Picture {
  const { width, height } = pixels
  const map = colourMap(pixels)
  const counts = map.names.map(() => 0)
  for (const index of map.at) counts[index] = (counts[index] ?? 0) + 1
  // What is transparent gives the colour of the whole only where there is nothing else.
  const visible = map.names.filter((name) => name !== 'transparent')
  const countOf = (name: string) => counts[map.names.indexOf(name)] ?? 0
  const [most = 'transparent'] = visible.toSorted((one, other) => countOf(other) - countOf(one))
  const { words, others } = readLetters(regionsOf(map, width, height, most))
  const shapes = shapesOf(
    others.filter(({ colour }) => colour !== 'transparent'),
    width * height,
  )
  return { width, height, colour: most, shapes, words }
}
