import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  ended,
  lines,
  results,
  sessionOptions,
  started,
  temporaryFolder,
} from '../../test/fixtures/session/kit.ts'
import type { JournalEntry } from '../events/index.ts'
import { openSession, readJournal, readState, serviceProcesses, updateLatestLink } from './index.ts'

const now = (): Date => new Date(2026, 1, 16, 23, 12, 5, 123)

test('a session leaves a directory that tells the whole run', async () => {
  const logs = join(temporaryFolder(), 'deep', 'logs')
  const session = await openSession({ ...sessionOptions(logs), now })
  expect(session.id).toBe('RUN_20260216_231205')
  expect(readlinkSync(join(logs, 'latest'))).toBe(session.id)
  expect(await readState(session.directory)).toMatchObject({ status: 'running', pid: process.pid })
  session.record({ type: 'totals', total: 3 })
  session.record({ type: 'domain_started', domain: 'llm' })
  session.record(started(1))
  session.record(ended(1))
  session.record(ended(2, { status: 'FAILED', errors: [{ message: 'HF_TOKEN=abcdefgh1' }] }))
  session.record({ type: 'domain_started', domain: 'tts' })
  const end = await session.close({ status: 'FAILED' })
  expect(end).toMatchObject({ counts: { passed: 1, failed: 1 }, faults: [] })
  expect(await session.close({ status: 'PASSED' })).toBe(end)
  session.record({ type: 'error', message: 'too late', stack: null })
  await session.settled()
  expect(session.faults).toEqual([])

  expect(results(session.directory).map(({ id }) => id)).toEqual([
    'llm|sim://a|chat|t1|0',
    'llm|sim://a|chat|t2|0',
  ])
  expect(results(session.directory, 'tts')).toEqual([])
  expect(lines(session.directory, 'progression.log').join('\n')).toMatchInlineSnapshot(`
    "[23:12:05] [INFO] Starting Test Run: Fast
    [23:12:05] [INFO] Switching to Domain: llm
    [23:12:05] [INFO] Scenario chat > t1: PASSED (Duration: 1.84s)
    [23:12:05] [ERROR] Scenario chat > t2: FAILED (Duration: 1.84s)
    [23:12:05] [ERROR] Error: chat > t2: HF_TOKEN=[redacted]
    [23:12:05] [INFO] Switching to Domain: tts
    [23:12:05] [INFO] Finished Test Run: FAILED (1 passed, 1 failed, 0 missing) in ${end.duration.toFixed(1)}s"
  `)
  const types: string[] = []
  for await (const { type } of readJournal(join(session.directory, 'events.jsonl')))
    types.push(type)
  expect(types.at(0)).toBe('run_started')
  expect(types.at(-1)).toBe('run_ended')
  expect(await readState(session.directory)).toMatchObject({
    status: 'ended',
    result: 'FAILED',
    totals: { total: 3, done: 2 },
    loadouts: [{ loadout: 'sim-a', done: 2 }],
    journal: { seq: types.length },
    progression: { seq: types.length },
  })
  expect(existsSync(join(session.directory, 'system_info.yaml'))).toBe(true)
})

test('results whose file still waits for its deadline are in it when the session is closed', async () => {
  const session = await openSession(sessionOptions(temporaryFolder()))
  for (let number = 0; number < 5_000; number += 1) session.record(ended(number))
  await session.settled()
  await expect.poll(() => results(session.directory)).not.toHaveLength(0)
  for (let number = 5_000; number < 5_200; number += 1) session.record(ended(number))
  await session.close({ status: 'PASSED' })
  expect(results(session.directory)).toHaveLength(5_200)
})

test('two sessions of one second have directories of their own', async () => {
  const logs = temporaryFolder()
  const ids: string[] = []
  for (let count = 0; count < 3; count += 1) {
    const session = await openSession({ ...sessionOptions(logs), kind: 'partial', now })
    ids.push(session.id)
    await session.close({ status: 'PASSED' })
  }
  expect(ids).toEqual(['RUN_20260216_231205', 'RUN_20260216_231205_2', 'RUN_20260216_231205_3'])
  expect(existsSync(join(logs, 'latest'))).toBe(false)
})

test('a folder that cannot be written is told in a sentence with advice', async () => {
  const logs = join(temporaryFolder(), 'file')
  writeFileSync(logs, '')
  await expect(openSession(sessionOptions(logs))).rejects.toMatchObject({
    code: 'SESSION_UNWRITABLE',
    message: expect.stringMatching(/^Cannot write a session under .*: make that folder writable/),
  })
})

test('the live view sees an event only when it is in the journal and in the log', async () => {
  const seen: JournalEntry[] = []
  let early = 0
  const session = await openSession({
    ...sessionOptions(temporaryFolder()),
    onCommitted(entries) {
      seen.push(...entries)
      if (directory === '') return
      const journal = readFileSync(join(directory, 'events.jsonl'), 'utf8')
      const log = readFileSync(join(directory, 'progression.log'), 'utf8')
      for (const entry of entries) {
        if (!journal.includes(`"check":"${entry.check}"`)) early += 1
        if (entry.type === 'scenario_ended' && !log.includes(entry.result.name)) early += 1
      }
      throw new Error('a view that fails is no reason to lose a result')
    },
  })
  const { directory } = session
  for (let number = 0; number < 50; number += 1) {
    session.record(ended(number))
    if (number % 9 === 0) await session.settled()
  }
  expect(session.pendingBytes).toBeGreaterThan(0)
  await session.settled()
  expect(session.pendingBytes).toBe(0)
  expect(seen.filter(({ type }) => type === 'scenario_ended')).toHaveLength(50)
  expect(early).toBe(0)
  const { faults } = await session.close({ status: 'PASSED' })
  expect(faults).toEqual([expect.stringMatching(/^the live view could not be written/)])
})

test('an event that is no JSON is a fault, and neither a throw nor the end of the journal', async () => {
  const session = await openSession(sessionOptions(temporaryFolder()))
  const broken = { type: 'totals', total: 1n } as unknown as { type: 'totals'; total: number }
  session.record(broken)
  session.record({ type: 'totals', total: 2 })
  const { faults } = await session.close({ status: 'PASSED' })
  expect(faults).toEqual([expect.stringContaining('an event (totals)')])
  const seqs: number[] = []
  for await (const { seq } of readJournal(session.directory)) seqs.push(seq)
  expect(seqs).toEqual([1, 2, 3])
})

test('services that were started and did not end are told by the journal', async () => {
  const session = await openSession(sessionOptions(temporaryFolder()))
  const service = { domain: 'llm', loadout: 'sim-a', engine: 'sim', model: 'a' } as const
  for (const pid of [11, 12]) {
    const process = { pid, process_start: 'x', port: 80, log: 'svc.log', command: 'sim' }
    session.record({ type: 'service_spawned', ...service, service: `s${pid}`, ...process })
  }
  const gone = { service: 's11', pid: 11, code: 0, signal: null, expected: true, last_lines: [] }
  session.record({ type: 'service_exited', domain: 'llm', loadout: 'sim-a', ...gone })
  await session.settled()
  expect(await serviceProcesses(session.directory)).toMatchObject([{ pid: 12, start: 'x' }])
  await session.close({ status: 'PASSED' })
  expect((await readState(session.directory))?.services.map(({ state }) => state)).toEqual([
    'starting',
  ])
})

test('the link to the newest session replaces a link and nothing else', () => {
  const logs = temporaryFolder()
  updateLatestLink(logs, 'RUN_1')
  updateLatestLink(logs, 'RUN_2')
  expect(readlinkSync(join(logs, 'latest'))).toBe('RUN_2')
  const other = temporaryFolder()
  mkdirSync(join(other, 'latest'))
  updateLatestLink(other, 'RUN_1')
  updateLatestLink(join(other, 'nowhere'), 'RUN_1')
  expect(existsSync(join(other, 'latest', 'RUN_1'))).toBe(false)
})

test('what services tell of their versions is in system_info.yaml, whole at every look, before a scenario', async () => {
  const engines = Promise.resolve({ ollama: null, vllm: 'vllm/vllm-openai:latest' })
  const session = await openSession({ ...sessionOptions(temporaryFolder()), engines })
  const file = join(session.directory, 'system_info.yaml')
  const written = (): unknown => (parse(readFileSync(file, 'utf8')) as { engines: unknown }).engines
  const ready = (told: Record<string, string>): void =>
    session.record({
      type: 'model_ready',
      domain: 'llm',
      loadout: 'ollama-a',
      model: 'ollama://a',
      setup_time: 1,
      vram_loaded: null,
      engines: told,
    })
  ready({ ollama: '0.17.4' })
  await session.systemInfoWritten
  expect(written()).toEqual({ ollama: '0.17.4', vllm: 'vllm/vllm-openai:latest' })
  ready({ vllm: '0.11.0 (vllm/vllm-openai:latest)' })
  expect(written()).toEqual({ ollama: '0.17.4', vllm: 'vllm/vllm-openai:latest' })
  await session.systemInfoWritten
  expect(written()).toEqual({ ollama: '0.17.4', vllm: '0.11.0 (vllm/vllm-openai:latest)' })
  expect(readdirSync(session.directory).filter((name) => name.startsWith('system_info'))).toEqual([
    'system_info.yaml',
  ])
  await session.close({ status: 'PASSED' })
})
