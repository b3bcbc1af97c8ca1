import { expect, test } from 'vitest'
import { jsonLines } from './json-lines.ts'

test('lines are put together from parts, wherever they are cut', () => {
  const values = [{ a: 'é' }, 1, null]
  const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const lines = jsonLines(100)
    const heard = [lines(bytes.subarray(0, cut)), lines(bytes.subarray(cut))]
    expect(heard.flat()).toEqual(values)
  }
})

test('what is no JSON or too long is refused, also before its end', () => {
  expect(jsonLines(100)(Buffer.from('{\n'))).toBe(null)
  expect(jsonLines(3)(Buffer.from('"abc"\n'))).toBe(null)
  const lines = jsonLines(3)
  expect(lines(Buffer.from('12'))).toEqual([])
  expect(lines(Buffer.from('34'))).toBe(null)
})
