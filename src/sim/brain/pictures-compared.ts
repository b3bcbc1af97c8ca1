import type { Answer, Picture, Shape, Word } from './turn.ts'

/** Movements below this part of the picture's width are none. */
const STILL = 0.05
const LOWEST = /\b(?:shortest|lowest|smallest|least|fewest|minimum)\b/iu

/** Whether the largest thing moves to the left or to the right from the first picture to the last. */
export function movement(seen: readonly Picture[]): Answer | null {
  const [first, last] = [seen[0], seen.at(-1)]
  const [from, to] = [largest(first), largest(last)]
  if (seen.length < 2 || !first || !from || !to) return null
  const way = middle(to) - middle(from)
  if (Math.abs(way) < STILL * first.width) return { text: 'It does not move.', core: 'none' }
  const core = way > 0 ? 'right' : 'left'
  return { text: `It moves to the ${core}.`, core }
}

/** The label of the tallest bar of a chart, or of the shortest, or of the one whose colour is named. */
export function barOf(text: string, [picture]: readonly Picture[]): Answer | null {
  const bars = picture?.shapes.filter(({ kind }) => kind === 'rectangle' || kind === 'square') ?? []
  const ordered = bars.toSorted((one, other) => other.height - one.height)
  const bar = LOWEST.test(text) ? ordered.at(-1) : ordered[0]
  if (!picture || !bar || bars.length < 2) return null
  const label = nearestBelow(bar, picture.words)?.text ?? bar.colour
  const which = LOWEST.test(text) ? 'shortest' : 'tallest'
  return { text: `The ${which} bar is ${label}.`, core: label }
}

function nearestBelow(bar: Shape, words: readonly Word[]): Word | undefined {
  return words
    .filter((word) => word.y >= bar.y + bar.height)
    .toSorted((one, other) => away(one, bar) - away(other, bar))[0]
}

function away(word: Word, bar: Shape): number {
  return Math.abs(middle(word) - middle(bar))
}

function middle({ x, width }: { x: number; width: number }): number {
  return x + width / 2
}

function largest(picture: Picture | undefined): Shape | undefined {
  const things = picture?.shapes.filter(({ kind }) => kind !== 'line') ?? []
  return things.toSorted((one, other) => other.width * other.height - one.width * one.height)[0]
}
