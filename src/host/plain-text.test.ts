import { expect, test } from 'vitest'
import { withoutSequences } from './plain-text.ts'

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
})
