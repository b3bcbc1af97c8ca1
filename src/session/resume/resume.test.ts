import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  ended,
  lines,
  results,
  sessionOptions,
  started,
  temporaryFolder,
} from '../../../test/fixtures/session/kit.ts'
import type { EventOf, SessionEvent } from '../../events/index.ts'
import { readResults, readSession } from '../../report/session/index.ts'
import {
  openSession,
  readState,
  recoverSession,
  type Session,
  type SessionOptions,
} from '../index.ts'
import { followJournal } from '../journal/follow-journal.ts'
import { fileKey, type KnownResult, readResumePoint, type ResumePoint } from './resume-point.ts'
import { leftTests } from './left-tests.ts'

const FILE = { domain: 'llm', loadout: 'sim-a', file: 'scenarios/llm/chat.scenario.ts' } as const
const PREFIX = 'llm|sim://a|chat|'

/** What a run leaves that is ended before its end. */
async function diedRun(events: SessionEvent[]): Promise<string> {
  const session = await openSession(sessionOptions(temporaryFolder()))
  session.record({ type: 'totals', total: 4 })
  for (const event of events) session.record(event)
  return died(session, { isCompleted: true })
}

/** The directory as it is when the process of its run is killed now. */
async function died(session: Session, { isCompleted = false } = {}): Promise<string> {
  await session.settled()
  const directory = join(temporaryFolder(), session.id)
  cpSync(session.directory, directory, { recursive: true })
  await session.close({ status: 'INTERRUPTED' })
  if (isCompleted) await recoverSession(directory, 'watchdog')
  return directory
}

function again(rows: readonly KnownResult[]): EventOf<'run_resumed'>['again'] {
  return [
    {
      ...FILE,
      rows: rows.map(({ seq, id, status, duration, cause }) => ({
        seq,
        id,
        status,
        duration,
        cause,
      })),
    },
  ]
}

async function resumed(
  directory: string,
  point: ResumePoint,
  rows: readonly KnownResult[],
  more: Partial<SessionOptions> = {},
) {
  const options = { ...sessionOptions(join(directory, '..')), loadouts: [], ...more }
  const how = { loadouts: [{ domain: FILE.domain, loadout: FILE.loadout }], again: again(rows) }
  return openSession({ ...options, resume: { point, ...how, failed: false, changed: [] } })
}

const wanted = { failed: false, isThere: () => false }

test('a run that died goes on in its directory: the later result stands in every file, and the journal has both', async () => {
  const directory = await diedRun([started(1), ended(1), started(2)])
  expect(results(directory).map(({ status }) => status)).toEqual(['PASSED', 'INTERRUPTED'])
  const point = await readResumePoint(directory)
  const left = leftTests(point.files.get(fileKey(FILE)), PREFIX, wanted)
  expect(left).toMatchObject({ only: null, done: new Set(['t1']), isSure: true })

  const session = await resumed(directory, point, [...(left?.again.values() ?? [])])
  session.record({ type: 'totals', total: 3 })
  session.record(started(2))
  session.record(ended(2, { duration: 0.5, part: 2 }))
  session.record(ended(3, { status: 'FAILED', errors: [{ message: 'no' }], part: 2 }))
  session.record({ type: 'file_ended', ...FILE })
  const end = await session.close({ status: 'FAILED' })
  expect(end.counts).toMatchObject({ passed: 2, failed: 1, interrupted: 0 })
  expect(end.judgement.sentence).toBe('The run is whole: all 3 results came.')

  const stands = [
    ['llm|sim://a|chat|t1|0', 'PASSED', undefined],
    ['llm|sim://a|chat|t2|0', 'PASSED', 2],
    ['llm|sim://a|chat|t3|0', 'FAILED', 2],
  ]
  expect(results(directory).map(({ id, status, part }) => [id, status, part])).toEqual(stands)
  const read = []
  for await (const { id, status, part } of readResults(directory)) read.push([id, status, part])
  expect(read).toEqual(stands)
  const heard: unknown[] = []
  const report = await readSession(directory, ({ id, status, part }) =>
    heard.push([id, status, part]),
  )
  expect(heard).toEqual(stands)
  expect(report).toMatchObject({
    total: 3,
    damage: [],
    result: 'FAILED',
    judgement: { verdict: 'whole' },
  })
  expect(report.counts).toEqual(end.counts)
  expect(report.causes.map(({ kind }) => kind)).toEqual(['failure'])
  expect(await readState(directory)).toMatchObject({
    status: 'ended',
    totals: { done: 3, counts: end.counts },
  })
  expect(readdirSync(directory)).toEqual(expect.arrayContaining(['events.jsonl', 'events.2.jsonl']))
  const story = lines(directory, 'progression.log').map((line) => line.replace(/^\[.*?\] /, ''))
  expect(story.filter((line) => /Test Run|t2/.test(line))).toEqual([
    '[INFO] Starting Test Run: Fast',
    expect.stringContaining('Scenario chat > t2: INTERRUPTED'),
    expect.stringContaining('Finished Test Run: DIED'),
    '[INFO] Resuming Test Run: part 2 (1 result kept, 1 result to come again)',
    '[INFO] Scenario chat > t2: PASSED (Duration: 0.50s)',
    expect.stringContaining('Finished Test Run: FAILED (2 passed, 1 failed'),
  ])
})

test('a part that dies in its turn costs nothing of what was there, and the next one goes on', async () => {
  const killed = await diedRun([ended(1), started(2)])
  const first = await readResumePoint(killed)
  const left = leftTests(first.files.get(fileKey(FILE)), PREFIX, wanted)
  const second = await resumed(killed, first, [...(left?.again.values() ?? [])])
  second.record(started(2))
  const directory = await died(second)
  const unread = await readSession(directory)
  expect(unread.counts).toMatchObject({ passed: 1, interrupted: 1 })
  await recoverSession(directory, 'watchdog')
  expect(results(directory).map(({ status }) => status)).toEqual(['PASSED', 'INTERRUPTED'])
  const point = await readResumePoint(directory)
  expect(point.run.counts).toMatchObject({ passed: 1, interrupted: 1 })
  expect(point.run.earlier).toHaveLength(1)
  const third = await resumed(directory, point, [
    ...(leftTests(point.files.get(fileKey(FILE)), PREFIX, wanted)?.again.values() ?? []),
  ])
  third.record(ended(2, { part: 3 }))
  const { counts } = await third.close({ status: 'PASSED' })
  expect(counts).toMatchObject({ passed: 2, interrupted: 0 })
  const report = await readSession(directory)
  expect(report).toMatchObject({ counts, damage: [] })
  const live = []
  for await (const entries of followJournal(directory, new AbortController().signal)) {
    live.push(...entries.map(({ type }) => type))
  }
  expect(live.filter((type) => type === 'run_resumed')).toHaveLength(2)
  expect(live.at(-1)).toBe('run_ended')
})

test('a result that was interrupted does not take the place of one that failed', async () => {
  const directory = await diedRun([
    ended(1, { status: 'FAILED', errors: [{ message: 'no' }] }),
    { type: 'file_ended', ...FILE },
  ])
  const point = await readResumePoint(directory)
  expect(leftTests(point.files.get(fileKey(FILE)), PREFIX, wanted)).toBeNull()
  const left = leftTests(point.files.get(fileKey(FILE)), PREFIX, { ...wanted, failed: true })
  expect(left?.only).toEqual(new Set(['t1']))
  const session = await resumed(directory, point, [...(left?.again.values() ?? [])])
  session.record(ended(1, { status: 'INTERRUPTED', duration: null, part: 2 }))
  const { counts } = await session.close({ status: 'INTERRUPTED' })
  expect(counts).toMatchObject({ failed: 1, interrupted: 0 })
  expect(results(directory).map(({ status }) => status)).toEqual(['FAILED'])
  expect((await readSession(directory)).counts).toEqual(counts)
})

test('a row that stood for a whole file goes once the file has run to its end', async () => {
  const directory = await diedRun([
    ended(1, {
      id: 'llm|sim://a|chat|chat|0',
      name: 'chat',
      status: 'INTERRUPTED',
      duration: null,
      started_at: null,
    }),
  ])
  const point = await readResumePoint(directory)
  const left = leftTests(point.files.get(fileKey(FILE)), PREFIX, wanted)
  const session = await resumed(directory, point, [...(left?.again.values() ?? [])])
  session.record(ended(1))
  session.record(ended(2))
  session.record({ type: 'file_ended', ...FILE })
  const { counts } = await session.close({ status: 'PASSED' })
  expect(counts).toMatchObject({ passed: 2, interrupted: 0 })
  expect(results(directory).map(({ name }) => name)).toEqual(['chat > t1', 'chat > t2'])
  expect((await readSession(directory)).counts).toEqual(counts)
})

test('only one of two that resume a session at once goes on with it', async () => {
  const directory = await diedRun([started(1)])
  const point = await readResumePoint(directory)
  const both = await Promise.allSettled([
    resumed(directory, point, []),
    resumed(directory, point, []),
  ])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const lost = both.find((one) => one.status === 'rejected')
  expect(String(lost?.reason)).toMatch(/is in use: wait for it to end/)
  for (const one of both)
    if (one.status === 'fulfilled') await one.value.close({ status: 'PASSED' })
})

test('a part that goes on, perhaps on another machine, tells of the machine that it goes on with', async () => {
  const logs = temporaryFolder()
  const shard = { index: 1, count: 2, digest: 'd', run: null }
  const part = await openSession({ ...sessionOptions(logs), shard })
  await part.systemInfoWritten
  await part.close({ status: 'INTERRUPTED' })
  const used = [{ index: 3, uuid: 'GPU-c', model: 'A card' }]
  const point = await readResumePoint(part.directory)
  const session = await resumed(part.directory, point, [], { gpus: used })
  await session.close({ status: 'PASSED' })
  const journal = ['events.jsonl', 'events.2.jsonl'].flatMap((name) => lines(part.directory, name))
  const told = journal.map((line) => JSON.parse(line) as EventOf<'machine_known'>)
  const machines = told.filter(({ type }) => type === 'machine_known')
  expect(machines).toHaveLength(2)
  expect(machines[1]!.gpus).toMatchObject([{ index: 3, uuid: 'GPU-c' }])
})
