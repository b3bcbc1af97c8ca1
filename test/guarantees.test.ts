import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const repository = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(`${repository}${path}`, 'utf8')

test('each test that docs/guarantees.md names is there, and has a test in it', () => {
  const names = [...read('docs/guarantees.md').matchAll(/`((?:src|test)\/[^`]+\.test\.ts)`/g)]
  const paths = [...new Set(names.map(([, path]) => path!))]
  expect(paths.length).toBeGreaterThan(15)
  const missing = paths.filter(
    (path) => !existsSync(`${repository}${path}`) || !/^\s*test[.(]/m.test(read(path)),
  )
  expect(missing).toEqual([])
})

test('the README leads to docs/guarantees.md', () => {
  expect(read('README.md')).toContain('(docs/guarantees.md)')
})
