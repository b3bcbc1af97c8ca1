import { expect, test } from 'vitest'
import { LastWords } from './out-of-memory.ts'

const SENTENCE = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'
const PRINTED = `
<--- Last few GCs --->

[4711:0x1]     1234 ms: Mark-Compact 60.1 (66.5) -> 59.9 (66.7) MB

${SENTENCE}
----- Native stack trace -----
 1: 0xe4 node::OOMErrorHandler
`

test('what V8 says as it runs out of heap is found, wherever its print is cut', () => {
  for (let cut = 0; cut <= PRINTED.length; cut += 7) {
    const words = new LastWords()
    words.hear(PRINTED.slice(0, cut))
    words.hear(PRINTED.slice(cut))
    // Of a sentence that is cut its beginning may be all that there is.
    expect(SENTENCE.startsWith(words.heapFull ?? '-')).toBe(true)
  }
})

test('other last words are none of that kind', () => {
  const words = new LastWords()
  words.hear('FATAL ERROR: v8::ToLocalChecked Empty MaybeLocal\n')
  words.hear(`${'x'.repeat(2_000)} out of memory, said the model\n`)
  expect(words.heapFull).toBe(null)
})
