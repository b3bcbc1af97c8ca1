import { appendFileSync, closeSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/services.ts'
import { logMatcher } from '../readiness/log-matcher.ts'
import { lastLines, logSize, openServiceLog } from './service-log.ts'

test('two starts within one second get two logs, and a model never becomes a path', () => {
  const folder = temporaryFolder()
  const logs = [1, 2].map(() => openServiceLog(folder, 'tts', '../Qwen/Qwen2:0.5b'))
  for (const { fd } of logs) closeSync(fd)
  const [first, second] = logs.map(({ path }) => basename(path))
  expect(first).toMatch(/^svc_tts_[\w.-]+_\d{8}_\d{6}\.log$/)
  expect(second).not.toBe(first)
  expect(logs.every(({ path }) => join(folder, basename(path)) === path)).toBe(true)
})

test('the last lines are fifteen, not blank, short, and without control characters', () => {
  const log = join(temporaryFolder(), 'x.log')
  const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}\n\n`)
  writeFileSync(log, `${lines.join('')}10%\r20%\r\u001B[1mbold\u0007\u001B[0m\n${'y'.repeat(900)}`)
  const last = lastLines(log)
  expect(last).toHaveLength(15)
  expect(last.slice(-4)).toEqual(['10%', '20%', 'bold', `${'y'.repeat(500)}…`])
  expect(lastLines(`${log}.gone`)).toEqual([])
  expect(logSize(`${log}.gone`)).toBe(0)
})

test('a line of a log is found also when it comes in parts, between looks', async () => {
  const log = join(temporaryFolder(), 'x.log')
  const matches = logMatcher('^ready: é$')
  const bytes = Buffer.from('starting\nready: é\n')
  writeFileSync(log, bytes.subarray(0, -2))
  expect(await matches(log)).toBe(false)
  appendFileSync(log, bytes.subarray(-2))
  expect(await matches(log)).toBe(true)
})
