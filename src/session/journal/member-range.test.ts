import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memberRange } from './member-range.ts'

const valueOf = (json: string, name: string): string | null => {
  const bytes = Buffer.from(json)
  const range = memberRange(bytes, name)
  return range && bytes.toString('utf8', range.start, range.end)
}

test('the bytes of a member are found wherever it stands, as JSON readers understand it', () => {
  expect(valueOf('{"a":{"b":[1,{"a":2}]},"c":3}', 'a')).toBe('{"b":[1,{"a":2}]}')
  expect(valueOf('{"c":3,"a":1}', 'a')).toBe('1')
  expect(valueOf(String.raw`{ "c" : "}\"," , "a" : "x\\" }`, 'a')).toBe(String.raw`"x\\"`)
  expect(valueOf(String.raw`{"a":1,"\u0061":[2]}`, 'a')).toBe('[2]')
  expect(valueOf('{"b":{"a":1}}', 'a')).toBeNull()
  expect(valueOf('{}', 'a')).toBeNull()
})

test('of any object each member is found, with any white space', () => {
  const spaced = fc.constantFrom(undefined, 1, '\t')
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), spaced, (object, space) => {
      for (const [name, value] of Object.entries(object)) {
        const found = valueOf(JSON.stringify(object, null, space), name)
        expect(JSON.parse(found!)).toEqual(JSON.parse(JSON.stringify(value)))
      }
    }),
    { seed: 7 },
  )
})
