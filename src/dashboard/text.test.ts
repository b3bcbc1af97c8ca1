import fc from 'fast-check'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { colouredText } from '../host/plain-text.ts'
import { intercept } from './stray-output.ts'
import { clean, cut, fit, line, widthOf } from './text.ts'
import { FakeTerminal } from './fixtures/terminal.ts'

test('no text is wider than asked for, or holds what a terminal would obey', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, columns) => {
      const short = cut(clean(text), columns)
      expect(stringWidth(short)).toBeLessThanOrEqual(columns)
      expect(short).not.toMatch(/[\p{Cc}\u{202a}-\u{202e}]/u)
      expect(widthOf(fit(clean(text), columns))).toBe(columns)
      expect(
        widthOf(line(columns, [{ text: short }, { text: 'left' }], [{ text: 'end' }])),
      ).toBeLessThanOrEqual(columns)
    }),
  )
})

test.each([
  ['abcdef', 4, 'abc…'],
  ['通义千问', 5, '通义…'],
  ['通义千问', 4, '通…'],
  ['👩‍👩‍👧 family', 3, '…'],
  ['short', 10, 'short'],
])('%s in %d columns', (text, columns, expected) => {
  expect(cut(text, columns)).toBe(expected)
})

test('of what others write colours stay, and nothing that moves the cursor', () => {
  const text =
    '\u{1b}[31mred\u{1b}[0m\u{1b}[2A\u{1b}]8;;http://x\u{1b}\\link\u{1b}[?25l\u{7}\u{1b}c\n'
  expect(colouredText(text)).toBe('\u{1b}[31mred\u{1b}[0mlink␇\n')
})

test('a stream that somebody else has taken over meanwhile is left to them', () => {
  const terminal = new FakeTerminal(80, 24)
  const seen: string[] = []
  const interception = intercept(terminal, (text) => seen.push(text))
  const ours = terminal.write.bind(terminal)
  const theirs = ((text: string) => ours(`${text}!`)) as typeof terminal.write
  terminal.write('one\ntw')
  terminal.write = theirs
  expect(interception.rest()).toBe('tw')
  interception.release()
  terminal.write('three')
  expect(seen).toEqual(['one\n'])
  expect(terminal.bytes).toBe('three!')
  expect(terminal.write).toBe(theirs)
})
