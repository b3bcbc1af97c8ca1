import { expect, test } from 'vitest'
import { normalLog, normalRows } from './support/normalise.ts'
import { sharedRun } from './support/shared-run.ts'

const broken = sharedRun('broken')

test('files that break and workers that are lost give a row for each of their tests', async () => {
  // When a lost worker is told, beside the file after it, is up to the machine.
  const rows = normalRows(broken().session, 'llm', { sorted: true })
  await expect(rows).toMatchFileSnapshot('expected/broken/llm.json.snap')
})

test('errors outside a scenario are told with their file', async () => {
  const lines = normalLog(broken().session).split('\n')
  const isOfLost = (line: string): boolean => /_killed|The worker that ran/.test(line)
  const log = [...lines.filter((line) => !isOfLost(line)), ...lines.filter(isOfLost)].join('\n')
  await expect(log).toMatchFileSnapshot('expected/broken/progression.log.snap')
})

test('the run fails, and its service is gone', () => {
  const { code, session } = broken()
  expect(code).toBe(1)
  expect(session.servicesLeft()).toEqual([])
})
