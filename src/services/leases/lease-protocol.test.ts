import { expect, test } from 'vitest'
import { decoder } from './lease-protocol.ts'

test('lines are put together from parts, wherever they are cut', () => {
  const values = [{ a: 'é' }, 1, null]
  const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const decode = decoder()
    const heard = [decode(bytes.subarray(0, cut)), decode(bytes.subarray(cut))]
    expect(heard.flatMap(({ messages }) => messages)).toEqual(values)
    expect(heard.map(({ nonsense }) => nonsense)).toEqual([null, null])
  }
})

test('what is no JSON or too long is told as nonsense, also before its end', () => {
  expect(decoder()(Buffer.from('1\nGET / HTTP/1.1\n'))).toEqual({
    messages: [1],
    nonsense: 'GET / HTTP/1.1',
  })
  const tooLong = { messages: [], nonsense: 'a line of more than 3 bytes' }
  expect(decoder(3)(Buffer.from('"abc"\n'))).toEqual(tooLong)
  const decode = decoder(3)
  expect(decode(Buffer.from('12'))).toEqual({ messages: [], nonsense: null })
  expect(decode(Buffer.from('34'))).toEqual(tooLong)
})
