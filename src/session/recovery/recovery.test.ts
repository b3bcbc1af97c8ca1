import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { identify } from '../../host/process-identity.ts'
import {
  ended,
  lines,
  results,
  sessionOptions,
  started,
  temporaryFolder,
} from '../../../test/fixtures/session/kit.ts'
import {
  openSession,
  readJournal,
  readState,
  recoverDeadSessions,
  recoverSession,
} from '../index.ts'

const root = resolve(import.meta.dirname, '../../..')
const recorder = join(root, 'test/fixtures/session/recorder.ts')

interface Recording {
  child: ChildProcessWithoutNullStreams
  output: string[]
}

async function record(logs: string, ...numbers: number[]): Promise<Recording> {
  const child = spawn(process.execPath, [recorder, logs, ...numbers.map(String)], { cwd: root })
  const recording: Recording = { child, output: [] }
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
    recording.output = text.split('\n').slice(0, -1)
  })
  await expect.poll(() => recording.output.length, { interval: 5 }).toBeGreaterThan(0)
  return recording
}

async function killed({ child, output }: Recording, signal: NodeJS.Signals): Promise<string> {
  const gone = new Promise((resolve) => child.once('close', resolve))
  child.kill(signal)
  await gone
  return output[0] ?? ''
}

/** A directory as a run leaves it that was cut off with two results and one scenario running. */
async function abandoned(): Promise<string> {
  const session = await openSession(sessionOptions(temporaryFolder()))
  session.record({ type: 'domain_started', domain: 'llm' })
  for (const number of [1, 2, 3]) session.record(started(number))
  for (const number of [1, 2]) session.record(ended(number))
  await session.settled()
  await session.systemInfoWritten
  const copy = join(temporaryFolder(), basename(session.directory))
  cpSync(session.directory, copy, { recursive: true })
  await session.close({ status: 'PASSED' })
  return copy
}

async function isWhole(directory: string): Promise<void> {
  const damage: unknown[] = []
  const types: string[] = []
  for await (const { type } of readJournal(directory, (found) => damage.push(found))) {
    types.push(type)
  }
  expect(damage).toEqual([])
  expect(types.filter((type) => type === 'run_ended')).toHaveLength(1)
  const log = lines(directory, 'progression.log').filter((line) => line.includes('] Scenario '))
  expect(log.map((line) => /chat > t\d+: [A-Z]+/.exec(line)?.[0])).toEqual(
    results(directory).map(({ name, status }) => `${name}: ${status}`),
  )
}

test('a result whose start was told late is not counted a second time', async () => {
  const session = await openSession(sessionOptions(temporaryFolder()))
  session.record({ type: 'domain_started', domain: 'llm' })
  for (const event of [ended(1), started(1), started(2)]) session.record(event)
  await session.settled()
  await session.systemInfoWritten
  const copy = join(temporaryFolder(), basename(session.directory))
  cpSync(session.directory, copy, { recursive: true })
  await session.close({ status: 'PASSED' })
  await recoverSession(copy, 'recovery')
  expect(results(copy).map(({ name, status }) => [name, status])).toEqual([
    ['chat > t1', 'PASSED'],
    ['chat > t2', 'INTERRUPTED'],
  ])
})

test('a run killed at any moment loses nothing that was acknowledged, and its JSON is valid at once', async () => {
  // Fixed moments, in milliseconds after the first event, and sizes of a result in bytes.
  const trials = [
    [3, 1_000],
    [23, 20_000],
    [61, 1_000],
    [118, 200_000],
    [190, 2_000],
    [307, 50_000],
  ] as const
  for (const [moment, size] of trials) {
    const recording = await record(temporaryFolder(), 100_000, size)
    await sleep(moment)
    const directory = await killed(recording, 'SIGKILL')
    // The first line is the directory, each further one the number of the last result that is durable.
    const acknowledged = recording.output.length > 1 ? Number(recording.output.at(-1)) : -1
    if (readdirSync(directory).includes('llm.json')) results(directory)
    await recoverSession(directory, 'watchdog')
    // A run that is killed before its domain began has no results, and no file of them.
    const hasDomain = readFileSync(join(directory, 'events.jsonl'), 'utf8').includes(
      '"domain_started"',
    )
    expect(readdirSync(directory).includes('llm.json')).toBe(hasDomain)
    if (!hasDomain) continue
    const names = results(directory).map(({ name }) => name)
    expect(names).toEqual(names.map((_, number) => `chat > t${number}`))
    expect(names.length).toBeGreaterThan(acknowledged)
    await isWhole(directory)
    expect(await readState(directory)).toMatchObject({ status: 'died', result: 'DIED' })
  }
})

test('a watchdog waits for a run that is long in dying, and completes its session then; a command says that it is in use', async () => {
  const directory = await abandoned()
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'])
  onTestFinished(() => void child.kill('SIGKILL'))
  const { pid, start: process_start } = identify(child.pid!)
  const path = join(directory, 'state.json')
  const state = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...state, pid, process_start }))
  // Each look at the clock is five seconds after the one before.
  let clock = 0
  const now = vi.spyOn(performance, 'now').mockImplementation(() => (clock += 5_000))
  onTestFinished(() => now.mockRestore())
  await expect(recoverSession(directory, 'recovery')).rejects.toThrow(`in use by pid ${pid}`)
  const before = clock
  const completed = recoverSession(directory, 'watchdog')
  while (clock < before + 30_000) {
    // oxlint-disable-next-line no-await-in-loop -- until it has looked some times
    await setImmediate()
  }
  expect(lines(directory, 'events.jsonl').at(-1)).not.toContain('run_ended')
  child.kill('SIGKILL')
  await completed
  expect(await readState(directory)).toMatchObject({ status: 'died', result: 'DIED' })
})

test('somebody who opens the JSON all the time never finds it broken', async () => {
  const recording = await record(temporaryFolder(), 600, 20_000)
  const path = join(recording.output[0] ?? '', 'llm.json')
  const script = `
    const { readFileSync } = require('node:fs')
    let [seen, broken, grown] = [0, 0, 0], last = -1
    process.on('SIGTERM', () => { console.log(JSON.stringify({ seen, broken, grown })); process.exit() })
    const look = () => {
      for (let i = 0; i < 20; i++) {
        let text
        try { text = readFileSync(${JSON.stringify(path)}, 'utf8') } catch { continue }
        try { const n = JSON.parse(text).length; seen++; if (n > last) grown++; if (n < last) broken++; last = n }
        catch { broken++ }
      }
      setImmediate(look)
    }
    look()`
  const reader = spawn(process.execPath, ['-e', script])
  let found = ''
  reader.stdout.on('data', (chunk) => void (found += chunk))
  await new Promise((resolve) => recording.child.once('close', resolve))
  const gone = new Promise((resolve) => reader.once('close', resolve))
  reader.kill('SIGTERM')
  await gone
  const { seen, broken, grown } = JSON.parse(found) as Record<string, number>
  expect(broken).toBe(0)
  expect(seen).toBeGreaterThan(10)
  expect(grown).toBeGreaterThan(2)
  expect(recording.output.at(-1)).toBe('closed []')
})

test('what ran when the run died is INTERRUPTED, in the journal, the JSON, the log and the state', async () => {
  const directory = await abandoned()
  rmSync(join(directory, 'llm.json'))
  await recoverSession(directory, 'recovery')
  expect(results(directory)).toMatchObject([
    { name: 'chat > t1', status: 'PASSED' },
    { name: 'chat > t2', status: 'PASSED' },
    {
      name: 'chat > t3',
      status: 'INTERRUPTED',
      duration: null,
      errors: [{ message: 'the run died while this scenario ran' }],
    },
  ])
  await isWhole(directory)
  expect(
    lines(directory, 'progression.log')
      .slice(-3)
      .map((line) => line.slice(11)),
  ).toEqual([
    '[WARN] Scenario chat > t3: INTERRUPTED',
    '[ERROR] Error: The run died; what it had recorded is kept (recorded by recovery)',
    expect.stringMatching(
      /^\[INFO\] Finished Test Run: DIED \(2 passed, 0 failed, 0 missing, 1 interrupted\) in \d\.\ds$/,
    ),
  ])
  expect(await readState(directory)).toMatchObject({
    status: 'died',
    totals: { done: 3, counts: { passed: 2, interrupted: 1 } },
  })
})

test('a second recovery changes nothing, also when two begin at once', async () => {
  const directory = await abandoned()
  await Promise.all([recoverSession(directory, 'watchdog'), recoverSession(directory, 'recovery')])
  const before = readdirSync(directory).map((name) => contentOf(directory, name))
  await recoverSession(directory, 'recovery')
  expect(readdirSync(directory).map((name) => contentOf(directory, name))).toEqual(before)
  await isWhole(directory)
})

function contentOf(directory: string, name: string): string {
  return name === 'attachments' ? name : readFileSync(join(directory, name), 'utf8')
}

test('a journal torn at any byte of its last line is completed', async () => {
  const original = await abandoned()
  const bytes = readFileSync(join(original, 'events.jsonl'))
  const last = bytes.lastIndexOf(10, bytes.length - 2) + 1
  const directory = join(temporaryFolder(), basename(original))
  cpSync(original, directory, { recursive: true })
  for (let end = last; end <= bytes.length; end += end > bytes.length - 30 ? 1 : 37) {
    for (const name of readdirSync(original).filter((name) => name !== 'attachments')) {
      copyFileSync(join(original, name), join(directory, name))
    }
    truncateSync(join(directory, 'events.jsonl'), end)
    // The results come after the journal.
    rmSync(join(directory, 'llm.json'))
    await recoverSession(directory, 'watchdog')
    const statuses = results(directory).map(({ status }) => status)
    const whole = end >= bytes.length - 1
    expect(statuses.toSorted()).toEqual(['INTERRUPTED', whole ? 'PASSED' : 'INTERRUPTED', 'PASSED'])
  }
})

test('a result that the damaged journal lacks and the JSON has stands in both again, and is told once', async () => {
  const directory = await abandoned()
  const bytes = readFileSync(join(directory, 'events.jsonl'))
  truncateSync(join(directory, 'events.jsonl'), bytes.lastIndexOf(10, bytes.length - 2) + 1)
  await recoverSession(directory, 'recovery')
  await isWhole(directory)
  const told = results(directory).map(({ name, status }) => `${name}: ${status}`)
  expect(told).toEqual(['chat > t1: PASSED', 'chat > t2: PASSED', 'chat > t3: INTERRUPTED'])
  expect(readFileSync(join(directory, 'progression.log'), 'utf8')).toContain(
    '[WARN] A result of llm.json, which the damaged journal lacked, stands there again\n',
  )
})

test('results of a run that had ended are kept where the JSON has more of them, and written anew where it is damaged', async () => {
  const session = await openSession(sessionOptions(temporaryFolder()))
  session.record({ type: 'domain_started', domain: 'llm' })
  for (const number of [1, 2]) session.record(ended(number))
  await session.settled()
  await session.systemInfoWritten
  await session.close({ status: 'PASSED' })
  const { directory } = session
  const [journal, json] = ['events.jsonl', 'llm.json'].map((name) => join(directory, name))
  const [whole, rows] = [readFileSync(journal!, 'utf8'), readFileSync(json!)]
  // Of the same size, as a disk gives it back.
  writeFileSync(json!, Buffer.alloc(rows.length))
  await recoverSession(directory, 'recovery', { mend: true })
  expect(readFileSync(json!)).toEqual(rows)
  writeFileSync(journal!, whole.replace(/^.*"chat > t1".*\n/m, ''))
  await recoverSession(directory, 'recovery')
  expect(readFileSync(json!)).toEqual(rows)
})

test('lines that the log lacks are written, its torn line again, and what else it holds stays', async () => {
  const directory = await abandoned()
  const path = join(directory, 'progression.log')
  const whole = lines(directory, 'progression.log')
  truncateSync(path, Buffer.byteLength(whole.slice(0, 3).join('\n')) - 5)
  await recoverSession(directory, 'watchdog')
  expect(lines(directory, 'progression.log').slice(0, whole.length)).toEqual(whole)
  await isWhole(directory)
})

test('a session whose end is recorded gets only what its files lack', async () => {
  const session = await openSession(sessionOptions(temporaryFolder()))
  session.record({ type: 'domain_started', domain: 'llm' })
  session.record(ended(1))
  await session.close({ status: 'PASSED' })
  const journal = contentOf(session.directory, 'events.jsonl')
  rmSync(join(session.directory, 'llm.json'))
  rmSync(join(session.directory, 'state.json'))
  await recoverSession(session.directory, 'recovery')
  expect(contentOf(session.directory, 'events.jsonl')).toBe(journal)
  expect(results(session.directory)).toHaveLength(1)
  expect(await readState(session.directory)).toMatchObject({ status: 'ended', result: 'PASSED' })
})

test('the next start finds the sessions whose process is gone, and leaves those that live', async () => {
  const logs = temporaryFolder()
  const dead = await killed(await record(logs, 50, 1_000, 20), 'SIGKILL')
  rmSync(join(dead, 'state.json'))
  const live = await record(logs, 200, 1_000, 20)
  const directory = live.output[0] ?? ''
  expect(await recoverDeadSessions(logs)).toEqual([{ directory: dead, isDead: true }])
  expect(await recoverDeadSessions(logs)).toEqual([])
  await expect(recoverSession(directory, 'recovery')).rejects.toMatchObject({ code: 'RUN_LOCKED' })
  await killed(live, 'SIGKILL')
  expect(await recoverDeadSessions(logs)).toEqual([{ directory, isDead: true }])
  expect(await recoverDeadSessions(join(logs, 'nowhere'))).toEqual([])
})
