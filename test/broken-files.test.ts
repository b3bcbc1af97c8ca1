import { expect, test } from 'vitest'
import { normalLog, normalRows } from './support/normalise.ts'
import { sharedRun } from './support/shared-run.ts'

const broken = sharedRun('broken')

test('files that break and workers that are lost give a row for each of their tests', async () => {
  const rows = normalRows(broken().session, 'llm')
  await expect(rows).toMatchFileSnapshot('expected/broken/llm.json.snap')
})

test('errors outside a scenario are told with their file', async () => {
  const log = normalLog(broken().session)
  await expect(log).toMatchFileSnapshot('expected/broken/progression.log.snap')
})

test('the run fails, and its service is gone', () => {
  const { code, session } = broken()
  expect(code).toBe(1)
  expect(session.servicesLeft()).toEqual([])
})
