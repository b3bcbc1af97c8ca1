import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ended, sessionOptions, started, temporaryFolder } from '../../test/fixtures/session/kit.ts'
import type { SessionEvent } from '../events/index.ts'
import { openSession, readState, type Session } from '../session/index.ts'
import { earlierAttempt, type NamedPart, twinOf } from './earlier-attempt.ts'
import { namedPart } from './requeued.ts'

const PART: NamedPart = { index: 2, count: 4, digest: 'ab', run: '815' }

/** A session of a part that has these events. */
async function attempt(
  logs: string,
  events: SessionEvent[],
  shard: NamedPart = PART,
): Promise<Session> {
  const session = await openSession({ ...sessionOptions(logs), kind: 'partial', shard })
  for (const event of events) session.record(event)
  await session.settled()
  await session.systemInfoWritten
  return session
}

/** Lets a session look as if it were of another host that has been silent for so long. */
function putElsewhere({ directory }: Session, silentFor: number): void {
  const path = join(directory, 'state.json')
  const state = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  const host = { id: 'another', name: 'node7', boot: 'b', pid_namespace: 'p' }
  writeFileSync(path, JSON.stringify({ ...state, status: 'running', result: null, host }))
  const time = Date.now() / 1_000 - silentFor
  for (const name of ['state.json', 'events.jsonl']) utimesSync(join(directory, name), time, time)
}

test('a task goes on with the newest attempt of its part that has a result, and with no other part, split or run', async () => {
  const logs = temporaryFolder()
  expect(await earlierAttempt(logs, PART)).toBeNull()
  const good = await attempt(logs, [ended(1), started(2)])
  await good.close({ status: 'INTERRUPTED' })
  // It died before its first result: there is nothing to go on with.
  const empty = await attempt(logs, [started(1)])
  await empty.close({ status: 'INTERRUPTED' })
  for (const changes of [{ index: 3 }, { digest: 'cd' }, { run: '816' }]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const other = await attempt(logs, [ended(1)], { ...PART, ...changes })
    // oxlint-disable-next-line no-await-in-loop -- see above
    await other.close({ status: 'INTERRUPTED' })
  }
  expect(await earlierAttempt(logs, PART)).toEqual({ directory: good.directory, isWhole: false })
  const whole = await attempt(logs, [ended(1)])
  await whole.close({ status: 'FAILED' })
  expect(await earlierAttempt(logs, PART)).toEqual({ directory: whole.directory, isWhole: true })
})

test('one that died on another host is completed and gone on with, one that still writes there is named and left alone', async () => {
  const logs = temporaryFolder()
  const session = await attempt(logs, [ended(1), started(2)])
  await session.close({ status: 'PASSED' })
  const lines = readFileSync(join(session.directory, 'events.jsonl'), 'utf8').split('\n')
  const unended = lines.filter((line) => !line.includes('"type":"run_ended"')).join('\n')
  writeFileSync(join(session.directory, 'events.jsonl'), unended)
  putElsewhere(session, 0)
  const beats = setInterval(() => {
    utimesSync(join(session.directory, 'events.jsonl'), Date.now() / 1_000, Date.now() / 1_000)
  }, 20)
  await expect(earlierAttempt(logs, PART, 0)).rejects.toThrow(
    /^part 2 of 4 of 815 is running on node7 \(RUN_\w+, process \d+\)\. Once it has ended this task can begin again\.$/,
  )
  clearInterval(beats)
  expect((await readState(session.directory))?.status).toBe('running')
  putElsewhere(session, 120)
  expect(await earlierAttempt(logs, PART, 0)).toEqual({
    directory: session.directory,
    isWhole: false,
  })
  expect(await readState(session.directory)).toMatchObject({ status: 'died', result: 'DIED' })
})

test('of two that begin at once the later one learns of the earlier, and the earlier goes on', async () => {
  const logs = temporaryFolder()
  const first = await attempt(logs, [])
  const second = await attempt(logs, [])
  await Promise.all([first, second].map(({ directory }) => untilState(directory)))
  expect(await twinOf(logs, PART, first.directory)).toBeNull()
  expect(await twinOf(logs, PART, second.directory)).toMatch(
    /^part 2 of 4 of 815 is running on \S+ \(RUN_\w+, process \d+\), and not here as well$/,
  )
  await first.close({ status: 'PASSED' })
  expect(await twinOf(logs, PART, second.directory)).toBeNull()
  await second.close({ status: 'PASSED' })
  rmSync(second.directory, { recursive: true, force: true })
})

test('only a part that somebody has given an id looks for earlier attempts, unless it is told not to', () => {
  const part = { ...PART, has: () => true, warnings: [] }
  expect(namedPart(part, {})).toBeNull()
  expect(namedPart(null, { SLURM_ARRAY_JOB_ID: '815' })).toBeNull()
  expect(namedPart(part, { SLURM_ARRAY_JOB_ID: '815' })).toEqual(PART)
  expect(namedPart(part, { SLURM_ARRAY_JOB_ID: '9', JARVIS_RUN: '815' })).toEqual(PART)
  expect(namedPart(part, { JARVIS_RUN: '815', JARVIS_REQUEUE: 'off' })).toBeNull()
  expect(() => namedPart(part, { JARVIS_RUN: '815', JARVIS_REQUEUE: 'no' })).toThrow(
    'Expected JARVIS_REQUEUE to be on or off, got "no".',
  )
})

/** The state is written a moment after the session began. */
async function untilState(directory: string): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- polls
  while ((await readState(directory)) === null) await new Promise((done) => setTimeout(done, 10))
}
