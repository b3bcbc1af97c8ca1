import type { Word } from '../brain/turn.ts'
import { FONT, GLYPH } from './font.ts'
import type { Region } from './regions.ts'

/** A wider gap between two letters, in cells, ends a word. */
const WORD_GAP = 4

/** Rows of a glyph without its empty columns at the sides, as text: what a region is compared with. */
const PATTERNS = new Map(
  Object.entries(FONT).map(([letter, rows]) => {
    const cells = rows.map((row) => row.toString(2).padStart(GLYPH.width, '0'))
    const used = Array.from({ length: GLYPH.width }, (_, column) =>
      cells.some((row) => row[column] === '1'),
    )
    const [from, to] = [used.indexOf(true), used.lastIndexOf(true) + 1]
    return [cells.map((row) => row.slice(from, to)).join('/'), letter]
  }),
)

/** The words that regions spell, and the regions that are no letters. */
export function readLetters(regions: readonly Region[]): { words: Word[]; others: Region[] } {
  const letters: Word[] = []
  const others: Region[] = []
  for (const region of regions) {
    const text = PATTERNS.get(patternOf(region) ?? '')
    if (text === undefined) others.push(region)
    else {
      const { x, y, width, height } = region
      letters.push({ text, x, y, width, height })
    }
  }
  const ordered = letters.toSorted((one, other) => one.y - other.y || one.x - other.x)
  const words: Word[] = []
  for (const letter of ordered) {
    const last = words.at(-1)
    if (!last || !follows(last, letter)) words.push({ ...letter })
    else {
      last.text += letter.text
      last.width = letter.x + letter.width - last.x
    }
  }
  return { words, others }
}

/** The cells of a region as text; null where it is not made of cells as large as its height demands. */
function patternOf({ width, height, has }: Region): string | null {
  const cell = height / GLYPH.height
  const columns = width / cell
  if (!Number.isInteger(cell) || !Number.isInteger(columns) || columns > GLYPH.width) return null
  const rows: string[] = []
  for (let row = 0; row < GLYPH.height; row += 1) {
    let text = ''
    for (let column = 0; column < columns; column += 1) {
      const isSet = has(column * cell, row * cell)
      const [right, below] = [(column + 1) * cell - 1, (row + 1) * cell - 1]
      if (has(right, row * cell) !== isSet || has(right, below) !== isSet) return null
      text += isSet ? '1' : '0'
    }
    rows.push(text)
  }
  return rows.join('/')
}

function follows(word: Word, letter: Word): boolean {
  const gap = letter.x - (word.x + word.width)
  const cell = letter.height / GLYPH.height
  return word.y === letter.y && word.height === letter.height && gap <= WORD_GAP * cell
}
