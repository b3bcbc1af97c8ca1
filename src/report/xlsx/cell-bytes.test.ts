import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CellBytes } from './cell-bytes.ts'
import { cellContent } from './text.ts'

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
      const bytes = new CellBytes().add('before')
      const isAdded = bytes.addPlain(text)
      expect(isAdded).toBe(/^[ -~]*$/.test(text) && !/_x[0-9a-f]{4}_/i.test(text))
      const told = isAdded ? cellContent(text).xml : ''
      expect(bytes.take().toString()).toBe(`before${told}`)
    }),
  )
})

test('what was taken stays as it is, however much is added after it', () => {
  const bytes = new CellBytes()
  const taken = bytes.add('<row>').addXml('é'.repeat(100_000)).take()
  bytes.add('x'.repeat(200_000))
  expect(taken.toString()).toBe(`<row>${'é'.repeat(100_000)}`)
  expect(bytes.length).toBe(200_000)
  bytes.cutTo(3)
  expect(bytes.take().toString()).toBe('xxx')
  expect(bytes.length).toBe(0)
})
