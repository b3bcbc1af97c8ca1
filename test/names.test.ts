import { expect, test } from 'vitest'
import { normalRows, sortedLog } from './support/normalise.ts'
import { sharedRun } from './support/shared-run.ts'

const names = sharedRun('names')

test('rows keep names as they are written, whatever they hold', async () => {
  const sorted = normalRows(names().session, 'llm', { sorted: true })
  const rows = sorted.replaceAll('x'.repeat(10_000), '<10,000 x>')
  await expect(rows).toMatchFileSnapshot('expected/names/llm.json.snap')
})

test('progression.log has one line of plain text for each, however long', async () => {
  const log = sortedLog(names().session)
  expect(Math.max(...log.split('\n').map(({ length }) => length))).toBeLessThan(1_100)
  // oxlint-disable-next-line no-control-regex -- what must not be there
  expect(log).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
  const short = log.replaceAll(/x{100,}/g, '<many x>')
  await expect(short).toMatchFileSnapshot('expected/names/progression.log.snap')
})

test('two tests of one name are told apart', () => {
  const ids = names()
    .session.results('llm')
    .map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
})
