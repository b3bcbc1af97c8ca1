import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const text = readFileSync(new URL('../SECURITY.md', import.meta.url), 'utf8')
const shown = [...text.matchAll(/`([\w/.-]+\.test\.ts)`: (.*?)\s*\|$/gm)].map(
  ([, file, title]) => [file!, title!] as const,
)

test('each sentence of SECURITY.md names a test that is there', () => {
  expect(shown.length).toBeGreaterThan(25)
  const absent = shown.filter(([file, title]) => {
    const path = new URL(`../${file}`, import.meta.url)
    return !existsSync(path) || !readFileSync(path, 'utf8').includes(title)
  })
  expect(absent).toEqual([])
})
