import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { ViteUserConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))
const configs = globSync(['test/vitest*.config.ts', 'test/real/vitest.config.ts'], { cwd: root })
const USES_TAGS = /@module-tag|\btags: \[|\btags\b.*\['long'\]/

test.for(configs)('%s knows the tags of the tests that it runs', async (name) => {
  const { test: config } = ((await import(join(root, name))) as { default: ViteUserConfig }).default
  const projects = (config!.projects ?? []) as ViteUserConfig[]
  const include = [config!, ...projects.map((project) => project.test!)].flatMap(
    (part) => part.include ?? [],
  )
  const files = globSync(include, { cwd: root, exclude: ['node_modules/**', 'test/fixtures/**'] })
  expect(files.length).toBeGreaterThan(0)
  const tagged = files.filter((file) => USES_TAGS.test(readFileSync(join(root, file), 'utf8')))
  expect(config!.tags === undefined ? tagged : []).toEqual([])
})

/** In two pieces, as Vitest looks for it in the text of each file: of this one, too. */
const TAG = ['// @module-tag', 'long'].join(' ')

test('each file of long tests has their tag, without which none of it would run', () => {
  const files = globSync('test/**/*.long.test.ts', { cwd: root, exclude: ['test/fixtures/**'] })
  expect(files.length).toBeGreaterThan(0)
  const untagged = files.filter(
    (file) => !readFileSync(join(root, file), 'utf8').startsWith(`${TAG}\n`),
  )
  expect(untagged).toEqual([])
})
