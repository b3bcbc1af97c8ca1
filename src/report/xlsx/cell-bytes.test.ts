import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CellBytes } from './cell-bytes.ts'
import { cellContent } from './text.ts'

const newPiece = (): Buffer => Buffer.alloc(64)

/** What somebody gets whom it is handed to. */
function given(bytes: CellBytes): string {
  let text = ''
  bytes.give((piece, length) => (text = piece.toString('utf8', 0, length)))
  return text
}

test('a text of ASCII becomes the same XML byte by byte as at once, and no other one is added', () => {
  const sign = fc.constantFrom(
    'a',
    '_',
    'x',
    '0',
    'F',
    '<',
    '>',
    '&',
    '\n',
    '\r',
    '\t',
    ' ',
    'é',
    '\u{1f}',
    '\u{7f}',
    '😀',
  )
  const texts = fc.array(fc.oneof(sign, fc.constant('_x00e9_'), fc.string()), { maxLength: 12 })
  fc.assert(
    fc.property(texts, (parts) => {
      const text = parts.join('')
      const bytes = new CellBytes(newPiece).add('before')
      const isAdded = bytes.addPlain(text)
      expect(isAdded).toBe(/^[ -~]*$/.test(text) && !/_x[0-9a-f]{4}_/i.test(text))
      const told = isAdded ? cellContent(text).xml : ''
      expect(given(bytes)).toBe(`before${told}`)
    }),
  )
})

test('what is given is all that was added since, however much that is', () => {
  const bytes = new CellBytes(newPiece)
  bytes.add('<row>').addXml('é'.repeat(400_000))
  expect(given(bytes)).toBe(`<row>${'é'.repeat(400_000)}`)
  expect(bytes.length).toBe(0)
  bytes.add('x'.repeat(800_000))
  expect(bytes.length).toBe(800_000)
  bytes.cutTo(3)
  expect(given(bytes)).toBe('xxx')
})
