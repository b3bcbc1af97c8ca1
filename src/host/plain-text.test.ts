import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  colouredText,
  visibleJson,
  visibleText,
  withoutHidden,
  withoutSequences,
} from './plain-text.ts'

test.for([
  ['\u001B[1mbold\u0007\u001B[0m', 'bold\u0007'],
  ['\u001B[32mPASS\u001B[0m done', 'PASS done'],
  ['\u001B[38:2::255:0:0mred\u001B[m', 'red'],
  ['\u001B[?25lhidden\u009B0m', 'hidden'],
  ['\u001B]0;a title, with (ż)\u0007text', 'text'],
  ['\u001B]8;;https://host/x\u001B\\link\u001B]8;;\u001B\\', 'link'],
  ['\u001BPq;;q\u001B\\text', 'text'],
  ['\u001B(Btext\u001Bc', 'text'],
  ['\u001B]0;never ended\nthe next line', '0;never ended\nthe next line'],
  ['a[1m b]0; ć', 'a[1m b]0; ć'],
] as const)('%j is read as %j', ([text, plain]) => {
  expect(withoutSequences(text)).toBe(plain)
})

test('a long text is read once', { timeout: 10_000 }, () => {
  for (const part of ['\u001B[', '\u001B]', '\u001B[1;2', '\u001B]a', '\u009D', '\u001B ']) {
    expect(withoutSequences(part.repeat(500_000)).length).toBeLessThan(2_000_000)
  }
  for (const part of ['a', '\r', '\u{e0041}', '\u{1f3f4}\u{e0041}', '\u{1b}[1m', '\u{202e}']) {
    const long = part.repeat(200_000)
    for (const shown of [withoutHidden, visibleText, colouredText]) {
      expect(shown(`\u{7}\r${long}`).length).toBeLessThan(3_000_000)
    }
  }
})

/** What no terminal is to get from others, and what people would not see. */
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- it is what is looked for
  /[\0-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{e0000}-\u{e007f}]/u

test('what is shown of a text has no control characters, marks of direction or unseen ones', () => {
  const check = (text: string): void => {
    expect(withoutHidden(text)).not.toMatch(UNSAFE)
    expect(visibleText(text)).not.toMatch(UNSAFE)
    // oxlint-disable-next-line no-control-regex -- colours
    expect(colouredText(text).replaceAll(/\u{1b}\[[\d;:]*m/gu, '')).not.toMatch(UNSAFE)
    const value = { [text]: [text] }
    expect(visibleJson(value)).not.toMatch(/[\t\n]/)
    expect(visibleJson(value)).not.toMatch(UNSAFE)
    expect(JSON.parse(visibleJson(value, 2))).toEqual(value)
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), check))
  const pieces = ['\u{1b}', '[', ']0;', '31m', '\u{7}', '\u{9b}', '\r', '\n', '\u{202e}', 'a', '8']
  const mixed = fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join(''))
  fc.assert(fc.property(mixed, check))
})

test('what would not be seen is left out of names and stands in long texts as a sign', () => {
  const text = 'pay\u{202e}100\u{200b}\u{9b}2J\u{85}\u{7}\u{7f}\u{e0041}\tend\r\nnext'
  expect(withoutHidden(text)).toBe('pay100\tend\nnext')
  expect(visibleText(text)).toBe('pay<U+202E>100<U+200B><U+0085>␇␡<U+E0041>\tend\nnext')
})

test('words and emoji that are made with joiners and tags stay whole', () => {
  const text = '👩‍👩‍👧 می‌خواهم 🏴󠁧󠁢󠁥󠁮󠁧󠁿 שלום مرحبا'
  expect([withoutHidden(text), visibleText(text), colouredText(text)]).toEqual([text, text, text])
})

test('colours stay where they are asked for, but those that conceal', () => {
  const text =
    '\u{1b}[31;1mred\u{1b}[0m \u{1b}[38;5;8mgrey\u{1b}[m \u{1b}[0;8mhidden\u{1b}[2A\u{1b}[28m'
  expect(colouredText(text)).toBe(
    '\u{1b}[31;1mred\u{1b}[0m \u{1b}[38;5;8mgrey\u{1b}[m hidden\u{1b}[28m\u{1b}[0m',
  )
  expect(colouredText('1 %\r50 %\r100 %\r\nnext\r')).toBe('100 %\nnext␍')
})
