import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  ended,
  results,
  sessionOptions,
  temporaryFolder,
} from '../../../test/fixtures/session/kit.ts'
import type { EventOf } from '../../events/index.ts'
import { followJournal } from '../journal/follow-journal.ts'
import { openSession, readJournal, readState, type Session } from '../index.ts'

const isWindows = process.platform === 'win32'

const spawned: EventOf<'service_spawned'> = {
  type: 'service_spawned',
  domain: 'llm',
  loadout: 'sim-a',
  service: 'sim',
  engine: 'sim',
  model: 'a',
  pid: 4_000_000,
  process_start: 'gone',
  port: null,
  log: 'svc_llm_a.log',
  command: 'sim',
}

interface Live {
  logs: string
  session: Session
  /** Sentences of warnings and faults, as soon as they are on the disk. */
  told: string[]
}

/** A session with ten results and a service's log, as it is in the middle of a run. */
async function liveSession(): Promise<Live> {
  const logs = join(temporaryFolder(), 'logs')
  const told: string[] = []
  const session = await openSession({
    ...sessionOptions(logs),
    onFault: (sentence) => void told.push(sentence),
    onCommitted(entries) {
      for (const entry of entries) if (entry.type === 'note') told.push(entry.message)
    },
  })
  await session.systemInfoWritten
  onTestFinished(() => session.release())
  session.record({ type: 'domain_started', domain: 'llm' })
  session.record(spawned)
  writeFileSync(join(session.directory, spawned.log), 'listening\n')
  for (let number = 0; number < 10; number += 1) session.record(ended(number))
  await session.settled()
  await expect.poll(() => results(session.directory)).toHaveLength(10)
  return { logs, session, told }
}

/** Ten more results, and the end. */
async function finish({ session }: Live): Promise<string[]> {
  for (let number = 10; number < 20; number += 1) session.record(ended(number))
  const { faults } = await session.close({ status: 'PASSED' })
  return faults
}

async function expectWhole(directory: string): Promise<void> {
  const damage: unknown[] = []
  const seqs: number[] = []
  for await (const { seq } of readJournal(directory, (found) => damage.push(found))) seqs.push(seq)
  expect(damage).toEqual([])
  expect(seqs).toEqual(seqs.map((_, index) => index + 1))
  expect(results(directory)).toHaveLength(20)
  expect(await readState(directory)).toMatchObject({ status: 'ended', totals: { done: 20 } })
  const story = readFileSync(join(directory, 'progression.log'), 'utf8')
  expect(story.match(/\] Scenario chat > t/g)).toHaveLength(20)
  expect(story).toContain('Starting Test Run')
  expect(story).toMatch(/Finished Test Run: PASSED.*\n$/)
  expect(existsSync(join(directory, 'system_info.yaml'))).toBe(true)
}

/** What is just written may appear in a folder whose files are all gone by then. */
function removeInUse(folder: string): void {
  rmSync(folder, { recursive: true, maxRetries: 100, retryDelay: 1 })
}

function telling(live: Live, text: string): Promise<void> {
  const options = { interval: 20 }
  return expect.poll(() => live.told.join('\n'), options).toContain(text)
}

test.skipIf(isWindows)(
  'a session that is renamed goes on at its new place, which is told',
  async () => {
    const live = await liveSession()
    const { directory } = live.session
    const moved = join(live.logs, 'kept for later')
    renameSync(directory, moved)
    await telling(live, `The folder of this session was moved: the run goes on in ${moved}`)
    // Whoever has the old path finds the session by it.
    writeFileSync(join(directory, 'attachments', 'a.txt'), 'a')
    expect(readFileSync(join(moved, 'attachments', 'a.txt'), 'utf8')).toBe('a')
    expect(await finish(live)).toEqual([])
    expect(live.session.place).toBe(moved)
    live.session.release()
    expect(lstatSync(directory, { throwIfNoEntry: false })).toBeUndefined()
    expect(readlinkSync(join(live.logs, 'latest'))).toBe('kept for later')
    await expectWhole(moved)
  },
)

test.skipIf(isWindows)('a session may be renamed again, and at the very end', async () => {
  const live = await liveSession()
  const places = ['one', 'two', 'three'].map((name) => join(live.logs, name))
  renameSync(live.session.directory, places[0]!)
  await telling(live, `goes on in ${places[0]}`)
  renameSync(places[0]!, places[1]!)
  await telling(live, `goes on in ${places[1]}`)
  renameSync(places[1]!, places[2]!)
  expect(await finish(live)).toEqual([])
  live.session.release()
  expect(existsSync(live.session.directory)).toBe(false)
  await expectWhole(places[2]!)
})

test.skipIf(isWindows)('the folder of all sessions may be renamed as well', async () => {
  const live = await liveSession()
  const moved = join(dirname(live.logs), 'old logs')
  renameSync(live.logs, moved)
  await telling(live, `goes on in ${join(moved, live.session.id)}`)
  expect(await finish(live)).toEqual([])
  live.session.release()
  expect(existsSync(live.logs)).toBe(false)
  await expectWhole(join(moved, live.session.id))
})

test.skipIf(isWindows)(
  'where something else takes the old place at once, the loss is told',
  async () => {
    const live = await liveSession()
    const { directory } = live.session
    const moved = join(live.logs, 'moved')
    renameSync(directory, moved)
    mkdirSync(directory)
    writeFileSync(join(directory, 'mine'), '')
    await telling(live, `The folder of this session was moved to ${moved}`)
    const faults = await finish(live)
    expect(faults.join('\n')).toContain('from now on only its journal is written')
    const seqs: number[] = []
    for await (const { seq } of readJournal(moved)) seqs.push(seq)
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    expect(existsSync(join(directory, 'mine'))).toBe(true)
  },
)

test('a session that is removed is written anew from what is open, and what is lost is told', async () => {
  const live = await liveSession()
  const { directory } = live.session
  removeInUse(directory)
  await telling(live, 'svc_llm_a.log is lost: it was removed while the run went on')
  await telling(live, 'somebody had removed the folder of this session')
  expect(await finish(live)).toEqual([
    'svc_llm_a.log is lost: it was removed while the run went on',
  ])
  await expectWhole(directory)
  expect(existsSync(join(directory, 'attachments'))).toBe(true)
})

test('a folder of sessions that is removed is made again', async () => {
  const live = await liveSession()
  removeInUse(live.logs)
  await telling(live, 'somebody had removed the folder of this session')
  await finish(live)
  await expectWhole(live.session.directory)
})

test('a journal that is removed is written anew, at no cost', async () => {
  const live = await liveSession()
  rmSync(join(live.session.directory, 'events.jsonl'))
  await telling(live, 'events.jsonl is written again: somebody had removed that')
  expect(await finish(live)).toEqual([])
  await expectWhole(live.session.directory)
})

test('whoever follows a session does not lose it where its journal is written anew', async () => {
  const live = await liveSession()
  const seqs: number[] = []
  const following = (async () => {
    for await (const entries of followJournal(
      live.session.directory,
      AbortSignal.timeout(20_000),
    )) {
      seqs.push(...entries.map(({ seq }) => seq))
    }
  })()
  await expect.poll(() => seqs.length).toBeGreaterThan(10)
  removeInUse(live.session.directory)
  await telling(live, 'written again')
  await finish(live)
  await following
  expect(seqs).toEqual(seqs.map((_, index) => index + 1))
})

test.each(['progression.log', 'events.jsonl'])(
  '%s that another program replaces is written anew',
  async (name) => {
    const live = await liveSession()
    const path = join(live.session.directory, name)
    const other = join(live.session.directory, 'other')
    writeFileSync(other, 'something else\n')
    renameSync(other, path)
    await telling(live, `${name} is written again`)
    expect(await finish(live)).toEqual([])
    await expectWhole(live.session.directory)
  },
)

test('a journal that is removed in the moment in which the run ends is there afterwards', async () => {
  const live = await liveSession()
  removeInUse(live.session.directory)
  await finish(live)
  await expectWhole(live.session.directory)
})

test('what begins as the run ends is not taken for removed', async () => {
  const live = await liveSession()
  const domains = ['vlm', 'stt', 'tts', 'sts'] as const
  for (const domain of domains) live.session.record({ type: 'domain_started', domain })
  expect(await finish(live)).toEqual([])
  expect(live.told).toEqual([])
  for (const domain of domains) {
    expect(readFileSync(join(live.session.directory, `${domain}.json`), 'utf8')).toBe('[]\n')
  }
})

test('a journal that is cut short is told, and goes on in a new file', async () => {
  const live = await liveSession()
  const { directory } = live.session
  truncateSync(join(directory, 'events.jsonl'), 100)
  await telling(live, 'events.jsonl was cut short by another program: what it held is lost')
  expect(await finish(live)).not.toEqual([])
  expect(existsSync(join(directory, 'events.2.jsonl'))).toBe(true)
  const names: string[] = []
  for await (const entry of readJournal(directory)) {
    if (entry.type === 'scenario_ended') names.push(entry.result.name)
  }
  expect(names).toEqual(Array.from({ length: 10 }, (_, index) => `chat > t${index + 10}`))
})

test.skipIf(!existsSync('/dev/shm'))(
  'a session that is moved to another file system is written anew at its place',
  async () => {
    const live = await liveSession()
    const { directory } = live.session
    const elsewhere = mkdtempSync('/dev/shm/jarvis-')
    onTestFinished(() => rmSync(elsewhere, { recursive: true }))
    cpSync(directory, join(elsewhere, basename(directory)), { recursive: true })
    removeInUse(directory)
    await telling(live, 'svc_llm_a.log is lost')
    expect(await finish(live)).toHaveLength(1)
    await expectWhole(directory)
  },
)
