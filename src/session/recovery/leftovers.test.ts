import {
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ended, sessionOptions, temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { cleanSessions, openSession, recoverSession } from '../index.ts'
import { ownProcess } from '../lock/own-process.ts'
import { ownMark } from '../lock/process-mark.ts'
import { initialState } from '../projections/state.ts'

const LEFT = ['system_info.yaml.tmp', 'llm.json.tmp', 'state.json.tmp', 'events.jsonl.tmp']
const OLD = new Date(Date.now() - 3_600_000)
const GONE = { pid: 2 ** 22 + 1, process_start: 'gone' }

function put(path: string, text = '', time?: Date): void {
  writeFileSync(path, text)
  if (time !== undefined) utimesSync(path, time, time)
}

/** The folder of a session of that run, with what writers that are ended in the middle leave. */
function withLeftovers(logs: string, run: Partial<ReturnType<typeof initialState>>): string {
  const name = 'RUN_20260216_231205'
  const directory = join(logs, name)
  mkdirSync(join(directory, 'attachments'), { recursive: true })
  put(join(directory, 'state.json'), JSON.stringify({ ...initialState(name), ...run }))
  for (const file of LEFT) put(join(directory, file))
  put(join(directory, 'report.xlsx.tmp'), '', OLD)
  put(join(directory, 'report.html.tmp'))
  put(join(directory, 'mine.tmp'))
  put(join(directory, 'attachments', 'a.wav.tmp'))
  put(join(directory, 'attachments', 'b.wav'))
  const dead = JSON.stringify({ pid: GONE.pid, start: 'gone', nonce: 'a', session: '', since: '' })
  for (const end of ['', '.takeover', '.123']) {
    put(join(directory, `recovery.lock${end}`), dead, OLD)
  }
  return directory
}

const KEPT = ['attachments', 'mine.tmp', 'report.html.tmp', 'state.json']

test('the next start removes what was left by writers of a run that is gone', async () => {
  const logs = temporaryFolder()
  const directory = withLeftovers(logs, { ...GONE, status: 'died' })
  await cleanSessions(logs)
  // Somebody may just be making the newer report; what is not of a session is nobody's business.
  expect(readdirSync(directory).toSorted()).toEqual(KEPT)
  expect(readdirSync(join(directory, 'attachments'))).toEqual(['b.wav'])
})

test('what a run that lives has not finished yet stays, also while it makes its reports', async () => {
  for (const status of ['running', 'ended'] as const) {
    const logs = temporaryFolder()
    const { pid, start: process_start } = ownProcess()
    const directory = withLeftovers(logs, { pid, process_start, status })
    const before = readdirSync(directory, { recursive: true })
    // oxlint-disable-next-line no-await-in-loop -- one status after the other
    await cleanSessions(logs)
    expect(readdirSync(directory, { recursive: true })).toEqual(before)
  }
})

test('a report that was not finished goes as soon as nobody is at it', async () => {
  const logs = temporaryFolder()
  const directory = withLeftovers(logs, { ...GONE, status: 'died' })
  const dead = ownMark().replace(/^\d+/, String(GONE.pid))
  for (const mark of [ownMark(), dead]) put(join(directory, `.reporting-${mark}`))
  await cleanSessions(logs)
  expect(readdirSync(directory).toSorted()).toEqual([`.reporting-${ownMark()}`, ...KEPT])
  renameSync(join(directory, `.reporting-${ownMark()}`), join(directory, `.reporting-${dead}`))
  await cleanSessions(logs)
  expect(readdirSync(directory).toSorted()).toEqual(['attachments', 'mine.tmp', 'state.json'])
})

test('the lock of somebody who was killed while completing a session goes at once', async () => {
  const logs = temporaryFolder()
  const directory = withLeftovers(logs, { ...GONE, status: 'ended' })
  for (const end of ['.takeover', '.123']) rmSync(join(directory, `recovery.lock${end}`))
  utimesSync(join(directory, 'recovery.lock'), new Date(), new Date())
  await cleanSessions(logs)
  expect(readdirSync(directory).toSorted()).toEqual(KEPT)
})

test('what somebody is just completing is left alone', async () => {
  const logs = temporaryFolder()
  const directory = withLeftovers(logs, { ...GONE, status: 'died' })
  const holder = { ...ownProcess(), nonce: 'b', session: '', since: '' }
  put(join(directory, 'recovery.lock'), JSON.stringify(holder))
  const before = readdirSync(directory)
  await cleanSessions(logs)
  expect(readdirSync(directory)).toEqual(before)
})

test('what a command was just writing beside the sessions when it was killed goes once it is old', async () => {
  const logs = temporaryFolder()
  for (const name of ['baselines.json.tmp', '.summaries.json.tmp', 'mine.json.tmp']) {
    put(join(logs, name), '{', OLD)
  }
  put(join(logs, 'baselines.json.tmp'), '{')
  await cleanSessions(logs)
  expect(readdirSync(logs).toSorted()).toEqual(['baselines.json.tmp', 'mine.json.tmp'])
})

test('a lock whose holder lives stays', async () => {
  const logs = temporaryFolder()
  const directory = withLeftovers(logs, { ...GONE, status: 'died' })
  const holder = { ...ownProcess(), nonce: 'b', session: '', since: '' }
  put(join(directory, 'recovery.lock'), JSON.stringify(holder), OLD)
  await cleanSessions(logs)
  expect(readdirSync(directory).filter((name) => name.startsWith('recovery.lock'))).toHaveLength(3)
})

test('whoever completes a session cleans it', async () => {
  const session = await openSession(sessionOptions(temporaryFolder()))
  session.record(ended(1))
  await session.settled()
  await session.systemInfoWritten
  await session.close({ status: 'PASSED' })
  const { directory } = session
  for (const file of LEFT) put(join(directory, file))
  put(join(directory, 'attachments', 'a.wav.tmp'))
  await recoverSession(directory, 'recovery')
  const left = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  expect(left.filter((name) => name.endsWith('.tmp') || name.includes('recovery'))).toEqual([])
})

test('a file that a scenario was just keeping when its worker died goes at the end of the run', async () => {
  const session = await openSession(sessionOptions(temporaryFolder()))
  put(join(session.attachments, 'a.wav.tmp'))
  put(join(session.attachments, 'b.wav'))
  await session.close({ status: 'PASSED' })
  expect(readdirSync(session.attachments)).toEqual(['b.wav'])
})

test.skipIf(process.platform === 'win32')(
  'the old path of a session that was moved goes when its run is gone',
  async () => {
    const logs = temporaryFolder()
    const directory = withLeftovers(logs, { ...GONE, status: 'died' })
    renameSync(directory, join(logs, 'night'))
    symlinkSync(`${join(logs, 'night')}/.`, directory)
    symlinkSync(join(logs, 'night'), join(logs, 'RUN_20260101_000001'))
    await cleanSessions(logs)
    // A link that a person has made stays.
    expect(readdirSync(logs).toSorted()).toEqual(['RUN_20260101_000001', 'night'])
  },
)

test.skipIf(process.platform === 'win32')(
  'a link that never came to be `latest` goes once it is old',
  async () => {
    const logs = temporaryFolder()
    for (const name of ['.latest-17', '.latest-18']) symlinkSync('RUN_1', join(logs, name))
    put(join(logs, '.latest-19'), 'a file', OLD)
    lutimesSync(join(logs, '.latest-17'), OLD, OLD)
    await cleanSessions(logs)
    expect(readdirSync(logs).toSorted()).toEqual(['.latest-18', '.latest-19'])
  },
)

test('a session that cannot begin leaves no folder', async ({ skip }) => {
  skip(
    process.getuid?.() !== 0 && process.platform !== 'linux',
    'takes a folder that refuses files',
  )
  const logs = temporaryFolder()
  // The name of the journal is taken by a folder as soon as the session has its own.
  const onDirectory = (directory: string): void => mkdirSync(join(directory, 'events.jsonl'))
  await expect(openSession({ ...sessionOptions(logs), onDirectory })).rejects.toMatchObject({
    code: 'SESSION_UNWRITABLE',
  })
  expect(readdirSync(logs)).toEqual([])
  expect(existsSync(logs)).toBe(true)
})
