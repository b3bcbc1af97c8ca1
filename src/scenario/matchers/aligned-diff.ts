import type { AlignedStep } from '../../metrics/index.ts'

const LINE_WIDTH = 76
const LABELS = ['expected  ', 'heard     ', '          ']

/** Two texts under each other, gaps as asterisks, and S, D or I under what differs. */
export function alignedDiff(
  steps: readonly AlignedStep<string>[],
  separator: '' | ' ' = ' ',
): string {
  const blocks: string[][] = []
  let room = 0
  for (const { kind, reference, hypothesis } of steps) {
    const width = Math.max(widthOf(reference ?? ''), widthOf(hypothesis ?? ''))
    const gap = '*'.repeat(Math.max(width, 1))
    const mark = kind === 'H' ? '' : kind
    const column = [reference ?? gap, hypothesis ?? gap, mark].map((text) => padded(text, width))
    room -= width + separator.length
    if (room < 0) {
      blocks.push([...LABELS])
      room = LINE_WIDTH - width - separator.length
    }
    const block = blocks.at(-1) ?? []
    for (const [row, text] of column.entries()) block[row] += text + separator
  }
  return blocks.map((block) => block.map((line) => line.trimEnd()).join('\n')).join('\n')
}

/** Columns in a terminal: what East Asian scripts write takes two, a combining mark none. */
function widthOf(text: string): number {
  let width = 0
  for (const letter of text) {
    if (/\p{M}/u.test(letter)) continue
    width += WIDE.test(letter) ? 2 : 1
  }
  return width
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}
