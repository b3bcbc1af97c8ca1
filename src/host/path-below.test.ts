import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { pathBelow } from './path-below.ts'

test('the way from a folder leads down, and nowhere else', () => {
  const folder = resolve('/srv/bench')
  expect(pathBelow(folder, resolve('/srv/bench/plans/night.yaml'))).toBe('plans/night.yaml')
  expect(pathBelow(folder, resolve('/srv/bench/..logs/a'))).toBe('..logs/a')
  expect(pathBelow(folder, folder)).toBe('.')
  expect(pathBelow(folder, resolve('/srv'))).toBeNull()
  expect(pathBelow(folder, resolve('/srv/bench-2'))).toBeNull()
})
