import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createVitest } from 'vitest/node'
import { foreseenRows } from './foreseen-rows.ts'
import type { ProjectTarget } from './run-host.ts'

const TESTS = `
import { describe, test } from 'vitest'
throw new Error('nothing of this runs')
test('first', () => {})
test.skip('left out by its author', () => {})
describe('group', () => {
  test('second', () => {})
  test.for([1, 2, 3])('counted as one %i', () => {})
})
`

/** Of each file how many rows there are, a plus where there may be more. */
async function rowsOf(options: { testNamePattern?: string; repeats?: number }): Promise<string[]> {
  const { repeats = 1, ...config } = options
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-rows-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  writeFileSync(join(root, 'a.test.ts'), TESTS)
  writeFileSync(join(root, 'b.test.ts'), 'no code at all (')
  writeFileSync(join(root, 'c.test.ts'), "import { test } from 'vitest'\ntest('second', () => {})")
  const vitest = await createVitest('test', { config: false, root, watch: false, ...config })
  try {
    const specifications = await vitest.globTestSpecifications()
    const target: ProjectTarget = { domain: 'llm', loadout: 'a', title: 'a', models: [], repeats }
    const namePattern = vitest.config.testNamePattern
    const context = {
      root,
      target: () => target,
      parse: async () => null,
      selection: { namePattern, tags: undefined },
    }
    const found: [string, string][] = []
    for await (const files of foreseenRows(vitest, specifications, context)) {
      for (const { key, rows, isLeast } of files) found.push([key, `${rows}${isLeast ? '+' : ''}`])
    }
    // What Vitest knows of files that may be running is not touched.
    expect(vitest.state.getFiles()).toEqual([])
    return found.toSorted(([a], [b]) => a.localeCompare(b)).map(([, rows]) => rows)
  } finally {
    await vitest.close()
  }
}

test('the tests of a file are counted by its text; one that cannot be read has none yet', async () => {
  expect(await rowsOf({})).toEqual(['4+', '0+', '1'])
})

test('each repeat is a row, and what its author skipped is one', async () => {
  expect(await rowsOf({ repeats: 3 })).toEqual(['10+', '0+', '3'])
})

test('what the name of a test leaves out is not expected', async () => {
  expect(await rowsOf({ testNamePattern: 'second' })).toEqual(['1+', '0+', '1'])
})
