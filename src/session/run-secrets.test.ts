import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { ended, sessionOptions, temporaryFolder } from '../../test/fixtures/session/kit.ts'
import { knowSecrets } from '../host/secrets.ts'
import { openSession, recoverSession, type SessionOptions } from './index.ts'
import { blackOutLogs, secretsOfRun } from './run-secrets.ts'

const VALUE = 'a value of nobody else'
const LINE = `logged in with ${VALUE}\n`
const BLACK = `logged in with ${'*'.repeat(VALUE.length)}\n`

/** A directory as a run leaves it that was cut off, with what a service has written. */
async function abandoned(redactLogs: boolean): Promise<string> {
  const given = sessionOptions(temporaryFolder())
  const plan: SessionOptions['plan'] = { ...given.plan, secrets: ['RUN_SECRETS_TEST'] }
  const session = await openSession({ ...given, plan, redactLogs })
  session.record({ type: 'domain_started', domain: 'llm' })
  await session.settled()
  await session.systemInfoWritten
  const copy = join(temporaryFolder(), basename(session.directory))
  cpSync(session.directory, copy, { recursive: true })
  writeFileSync(join(copy, 'svc_llm_a.log'), LINE)
  await session.close({ status: 'PASSED' })
  return copy
}

const log = (directory: string): string => readFileSync(join(directory, 'svc_llm_a.log'), 'utf8')

test('the logs of a run that died are blacked out when it is completed, by what the environment holds', async () => {
  const directory = await abandoned(true)
  expect(secretsOfRun(directory)).toEqual({ names: ['RUN_SECRETS_TEST'], inLogs: true })
  await recoverSession(directory, 'recovery')
  expect(log(directory)).toBe(LINE)
  process.env['RUN_SECRETS_TEST'] = VALUE
  await recoverSession(directory, 'recovery')
  expect(log(directory)).toBe(BLACK)
  writeFileSync(join(directory, 'svc_llm_a.log'), LINE)
  await blackOutLogs(directory)
  expect(log(directory)).toBe(BLACK)
})

test('the logs of a run are blacked out by its end, as its plan wants it now', async () => {
  knowSecrets([VALUE])
  const session = await openSession({ ...sessionOptions(temporaryFolder()), redactLogs: true })
  writeFileSync(join(session.directory, 'svc_llm_a.log'), LINE)
  await session.close({ status: 'PASSED' })
  expect(log(session.directory)).toBe(BLACK)
})

test('without redact_logs the logs of services stay as they were written', async () => {
  knowSecrets([VALUE])
  const directory = await abandoned(false)
  await recoverSession(directory, 'recovery')
  await blackOutLogs(directory)
  expect(log(directory)).toBe(LINE)
})

test('an event is recorded without the value, also where it is a key', async () => {
  knowSecrets([VALUE])
  const session = await openSession(sessionOptions(temporaryFolder()))
  session.record(ended(1, { output_text: VALUE, metrics: { [VALUE]: 1 } }))
  await session.close({ status: 'PASSED' })
  const journal = readFileSync(join(session.directory, 'events.jsonl'), 'utf8')
  expect(journal).toContain('"output_text":"[redacted]"')
  expect(journal).toContain('"metrics":{"[redacted]":1}')
  expect(journal).not.toContain(VALUE)
})
