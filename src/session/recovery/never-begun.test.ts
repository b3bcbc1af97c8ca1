import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { sessionOptions, temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { createSessionDirectory } from '../directory.ts'
import { cleanSessions, openSession, recoverSession } from '../index.ts'
import { ownMark } from '../lock/process-mark.ts'

const OLD = new Date(Date.now() - 3_600_000)
const NAME = 'RUN_20260216_231205'
const TORN = '{"seq":1,"time":"2026-02-16T23:12:05.'

/** The mark of a process that made its folder and was killed in that moment. */
let mark = ''

beforeAll(() => {
  const logs = mkdtempSync(join(tmpdir(), 'jarvis-session-'))
  const module = new URL('../directory.ts', import.meta.url).href
  const script = `
    import { createSessionDirectory } from ${JSON.stringify(module)}
    const die = () => process.kill(process.pid, 'SIGKILL')
    await createSessionDirectory(${JSON.stringify(logs)}, new Date(2026, 1, 16, 23, 12, 5), die)`
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
  expect(signal).toBe('SIGKILL')
  const names = readdirSync(join(logs, NAME))
  rmSync(logs, { recursive: true })
  expect(names).toEqual([expect.stringMatching(/^\.beginning-/)])
  mark = names[0]!.slice('.beginning-'.length)
})

/** What such a run leaves. */
function deadBeginning(logs: string): string {
  const directory = join(logs, NAME)
  mkdirSync(directory)
  writeFileSync(join(directory, `.beginning-${mark}`), '')
  return directory
}

/** What else may be there by then, step by step. */
const STEPS: readonly ((directory: string) => void)[] = [
  () => {},
  (directory) => mkdirSync(join(directory, 'attachments')),
  (directory) => writeFileSync(join(directory, 'events.jsonl'), ''),
  (directory) => writeFileSync(join(directory, 'events.jsonl'), TORN),
  (directory) => writeFileSync(join(directory, 'system_info.yaml.tmp'), 'ses'),
  (directory) => writeFileSync(join(directory, 'system_info.yaml'), 'session: x\n'),
]

test('a run that dies before the first byte of its journal leaves nothing once another one has begun', async () => {
  for (let steps = 1; steps <= STEPS.length; steps += 1) {
    const logs = temporaryFolder()
    const directory = deadBeginning(logs)
    for (const step of STEPS.slice(0, steps)) step(directory)
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    await cleanSessions(logs)
    expect(readdirSync(logs)).toEqual([])
  }
})

test('whoever completes a session that never began removes it', async () => {
  const directory = deadBeginning(temporaryFolder())
  mkdirSync(join(directory, 'attachments'))
  writeFileSync(join(directory, 'events.jsonl'), TORN)
  await recoverSession(directory, 'watchdog')
  expect(existsSync(directory)).toBe(false)
})

test('the folder of a run that is just beginning stays', async () => {
  const logs = temporaryFolder()
  const { directory } = await createSessionDirectory(logs, new Date())
  writeFileSync(join(directory, 'events.jsonl'), '')
  await cleanSessions(logs)
  expect(readdirSync(directory)).toEqual([`.beginning-${ownMark()}`, 'attachments', 'events.jsonl'])
})

test('sessions begin also while somebody removes every folder that is empty', async () => {
  const logs = temporaryFolder()
  const script = `
    import { readdirSync, rmdirSync } from 'node:fs'
    const remove = (name) => { try { rmdirSync(name) } catch {} }
    console.log('up')
    for (;;) readdirSync('.').forEach(remove)`
  const remover = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: logs,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void remover.kill('SIGKILL'))
  await once(remover.stdout, 'data')
  for (let count = 0; count < 30; count += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await createSessionDirectory(logs, new Date())
  }
  expect(readdirSync(logs)).toHaveLength(30)
})

test('a session that has begun does not say any more that it begins', async () => {
  const session = await openSession(sessionOptions(temporaryFolder()))
  const names = readdirSync(session.directory)
  expect(names.filter((name) => name.startsWith('.'))).toEqual([])
  await session.close({ status: 'PASSED' })
})

test('what somebody else has put there, and a journal with a line that nobody can read, stay', async () => {
  for (const [name, text] of [
    ['notes.txt', 'mine'],
    ['events.jsonl', `${TORN}\n`],
    ['attachments/a.wav', 'RIFF'],
  ] as const) {
    const logs = temporaryFolder()
    const directory = deadBeginning(logs)
    mkdirSync(join(directory, 'attachments'))
    writeFileSync(join(directory, name), text)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await cleanSessions(logs)
    expect(existsSync(join(directory, name))).toBe(true)
  }
})

test('what another host has made, or a version that did not say whose it is, goes once it is old', async () => {
  for (const sign of ['', '.beginning-12-00000000-00000000-00000000-00000000']) {
    const logs = temporaryFolder()
    const directory = join(logs, NAME)
    mkdirSync(join(directory, 'attachments'), { recursive: true })
    if (sign !== '') writeFileSync(join(directory, sign), '')
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await cleanSessions(logs)
    expect(existsSync(directory)).toBe(true)
    utimesSync(directory, OLD, OLD)
    // oxlint-disable-next-line no-await-in-loop -- see above
    await cleanSessions(logs)
    expect(existsSync(directory)).toBe(false)
  }
})

test('a folder of sessions is no session', async () => {
  const logs = temporaryFolder()
  await recoverSession(logs, 'recovery')
  expect(existsSync(logs)).toBe(true)
  rmdirSync(logs)
})
