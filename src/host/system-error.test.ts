import { getSystemErrorMap } from 'node:util'
import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { messageOf } from '../errors.ts'
import { codeOf, inWords } from './system-error.ts'

/** As Node makes one of a number that it has no name for. */
function unnamed(errno: number, call: string): Error {
  const name = `Unknown system error -${errno}`
  return Object.assign(new Error(`${name}: ${name}, ${call}`), { code: name, errno: -errno })
}

test('a quota that is used up is told in words', () => {
  expect(inWords(unnamed(122, 'write').message, 'linux')).toBe(
    'EDQUOT: the disk quota is used up, write',
  )
  expect(codeOf(unnamed(122, 'write'), 'linux')).toBe('EDQUOT')
  expect(inWords(unnamed(69, 'write').message, 'darwin')).toMatch(/^EDQUOT: /)
})

test.runIf(process.platform === 'linux')('no error of this system is a number alone', () => {
  expect(messageOf(unnamed(122, 'fsync'))).toBe('EDQUOT: the disk quota is used up, fsync')
  const known = new Set([...getSystemErrorMap().keys()].map((errno) => -errno))
  const others = Object.entries(constants.errno).filter(([, errno]) => !known.has(errno))
  for (const [name, errno] of others) {
    expect(inWords(unnamed(errno, 'open').message)).toMatch(`${name}: `)
  }
})

test('what is known stays as it is, and so does what nobody knows', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
  })
  expect([messageOf(error), codeOf(error)]).toEqual([error.message, 'ENOSPC'])
  expect(inWords(unnamed(9_999, 'open').message)).toBe(unnamed(9_999, 'open').message)
  expect([codeOf(null), codeOf(new Error('x')), codeOf({ code: 3 })]).toEqual(['', '', ''])
})
