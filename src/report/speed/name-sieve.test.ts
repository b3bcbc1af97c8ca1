import { expect, test } from 'vitest'
import { NameSieve } from './name-sieve.ts'

test('each name that it was made of may be known, the empty one and those in other scripts included', () => {
  const names = ['', 'a', 'Überprüfung', '多模態 > 第 3 題', ...numbered(0, 5_000)]
  const sieve = new NameSieve(names)
  expect(names.filter((name) => !sieve.has(name))).toEqual([])
})

test('of others that are numbered like them nine of ten are told from them', () => {
  const sieve = new NameSieve(numbered(0, 5_000))
  const others = numbered(5_000, 50_000)
  expect(others.filter((name) => sieve.has(name)).length).toBeLessThan(others.length / 10)
})

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => {
    return `scenario_${index % 250} > case ${from + index}`
  })
}
