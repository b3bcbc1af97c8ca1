import fc from 'fast-check'
import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { FakeTerminal } from './fixtures/terminal.ts'
import { patchOf } from './patch.ts'

const ROWS = 4
const paint = createColors(true)
const word = fc.constantFrom('a', 'bb', '12', '13', '█░', '        ', '…', '通义', '👩‍👩‍👧', 'é', '✓')
const cell = fc.tuple(word, fc.constantFrom('plain', 'red', 'dim', 'link')).map(([text, style]) => {
  if (style === 'plain') return text
  if (style === 'link') return `\u{1b}]8;;file:///log\u{1b}\\${text}\u{1b}]8;;\u{1b}\\`
  return style === 'red' ? paint.red(text) : paint.dim(text)
})
const frame = fc.array(
  fc.array(cell, { maxLength: 6 }).map((cells) => cells.join('')),
  { minLength: ROWS, maxLength: ROWS },
)

test('a patched frame looks as one that was drawn at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 2, maxLength: 5 }), async (frames) => {
      const patched = new FakeTerminal(70, 10)
      const drawn = new FakeTerminal(70, 10)
      patched.write(`${frames[0]!.join('\n')}\n`)
      for (const [index, after] of frames.slice(1).entries()) {
        patched.write(patchOf(frames[index]!, after))
      }
      drawn.write(`${frames.at(-1)!.join('\n')}\n`)
      expect(await patched.cells()).toEqual(await drawn.cells())
    }),
    { numRuns: 150, seed: 5 },
  )
})

test('of a line that changes in one place that place is written', () => {
  const line = (count: number): string => `${paint.bold('Total')} ${count}/20 ${paint.dim('left')}`
  expect(patchOf(['same', line(11)], ['same', line(12)])).toBe('\u{1b}[1A\u{1b}[7C2\r\u{1b}[1B')
  expect(patchOf(['same'], ['same'])).toBe('')
})
