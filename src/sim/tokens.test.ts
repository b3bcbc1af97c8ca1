import { expect, test } from 'vitest'
import { tokensOf } from './tokens.ts'

test.for([
  ['The capital is Paris.', ['The', ' capital', ' is', ' Paris', '.']],
  ['Cześć! Jak się masz?', ['Cześć', '!', ' Jak', ' się', ' masz', '?']],
  ['你好，世界', ['你', '好', '，', '世', '界']],
  [' a\n b  ', [' a', '\n b', '  ']],
  ['', []],
] as const)('"%s" has the tokens %j', ([text, tokens]) => {
  expect(tokensOf(text)).toEqual(tokens)
})

test('the tokens of any text are that text', () => {
  const text = 'A 👩‍🔬 wrote “x_y = 3.14”…\n\n1. ไทย かな e\u0301!\u0000\uFFFD \u{1F600}'
  expect(tokensOf(text).join('')).toBe(text)
})
