import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { type HostIdentity, hostIdentity } from '../../host/host-identity.ts'
import { beat } from '../../host/signs-of-life.ts'
import { elsewhereOf, elsewhereText, type Life, lifeOfHolder, lifeOfRun } from './life.ts'
import { createLock, type LockHolder, readLock } from './lock-file.ts'
import { ownProcess } from './own-process.ts'
import { acquireRunLock } from './run-lock.ts'

const GONE = 2 ** 22 + 1
const { pid, start } = ownProcess()

afterEach(() => void vi.useRealTimers())

/** A session directory whose files were last written so many seconds ago. */
function sessionDirectory(secondsAgo = 0): string {
  const directory = join(temporaryFolder(), 'RUN_20260216_231205')
  mkdirSync(directory)
  const time = Date.now() / 1_000 - secondsAgo
  for (const name of ['events.jsonl', 'state.json']) {
    writeFileSync(join(directory, name), '{}')
    utimesSync(join(directory, name), time, time)
  }
  return directory
}

function lifeOf(host: HostIdentity | undefined, isRunning: boolean, secondsAgo = 0): Life {
  const process = isRunning ? { pid, process_start: start } : { pid: GONE, process_start: 'gone' }
  return lifeOfRun(sessionDirectory(secondsAgo), { ...process, host })
}

const here = hostIdentity()
const elsewhere = { ...here, id: 'another', name: 'box' }
const apart = { ...here, pid_namespace: 'pid:[1]' }

test('of a run of this host its process tells, however long nothing was written', () => {
  expect(lifeOf(here, true, 3_600)).toEqual({ alive: true })
  expect(lifeOf(here, false)).toEqual({ alive: false })
})

test('a session that names no host is judged by its process, as it always was', () => {
  expect(lifeOf(undefined, true, 3_600)).toEqual({ alive: true })
  expect(lifeOf(undefined, false)).toEqual({ alive: false })
})

test.skipIf(here.boot === null)(
  'a run of before the last start of the machine is dead, whatever has its process id now',
  () => {
    expect(lifeOf({ ...here, boot: 'earlier' }, true)).toEqual({ alive: false })
  },
)

test('a run that other processes of this machine hide lives while it writes', () => {
  expect(lifeOf(apart, false, 3)).toEqual({ alive: true })
  expect(lifeOf(apart, true, 60)).toEqual({ alive: false })
})

test('a run of another host is told as such, with the time since it wrote, never by its process id', () => {
  const living = lifeOf(elsewhere, false, 3)
  expect(living).toMatchObject({ elsewhere, alive: true })
  expect(elsewhereOf(living)?.silentFor).toBeCloseTo(3, 0)
  expect(elsewhereText(elsewhereOf(living)!)).toBe('running on box')
  const silent = lifeOf(elsewhere, true, 250)
  expect(silent).toMatchObject({ elsewhere, alive: false })
  expect(elsewhereText(elsewhereOf(silent)!)).toBe('silent for 4 min on box')
})

test.for([
  [45, 'silent for 45 s on box'],
  [3_900, 'silent for 1 h on box'],
  [90_500, 'silent for 25 h on box'],
  [700_000, 'silent for 8 days on box'],
] as const)('silence is told in words: %i s', ([seconds, text]) => {
  expect(elsewhereText(elsewhereOf(lifeOf(elsewhere, false, seconds))!)).toBe(text)
})

test('no clock but that of the disk is asked', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 })
  const directory = sessionDirectory(86_400)
  const run = { pid: GONE, process_start: 'gone', host: elsewhere }
  expect(lifeOfRun(directory, run)).toMatchObject({ alive: true })
})

test('the judge leaves nothing behind, and says that it cannot tell where there is nothing to compare', () => {
  const directory = sessionDirectory()
  const run = { pid: GONE, process_start: 'gone', host: elsewhere }
  const logs = join(directory, '..')
  lifeOfRun(directory, run)
  expect(readdirSync(logs)).toEqual(['RUN_20260216_231205'])
  expect(readdirSync(directory)).toEqual(['events.jsonl', 'state.json'])
  const unknown = { elsewhere, silentFor: null, alive: null }
  expect(lifeOfRun(join(logs, 'RUN_20260216_231206'), run)).toEqual(unknown)
  expect(lifeOfRun(join(logs, 'x', 'y'), { ...run, host: apart })).toEqual({ alive: true })
})

test.skipIf(here.boot === null)(
  'a machine that was copied with its id is another one while it writes under another name',
  () => {
    const copy = { ...here, boot: 'its own', name: 'box-2' }
    expect(lifeOf(copy, false)).toMatchObject({ elsewhere: copy, alive: true })
    expect(lifeOf(copy, false, 60)).toEqual({ alive: false })
  },
)

test('a beat gives a file a new time and leaves its bytes as they are', async () => {
  const directory = sessionDirectory(250)
  await beat(join(directory, 'state.json'))
  expect(lifeOfRun(directory, { pid: GONE, process_start: null, host: elsewhere })).toMatchObject({
    alive: true,
  })
  await beat(join(directory, 'no-such-file'))
  expect(readdirSync(directory)).toEqual(['events.jsonl', 'state.json'])
})

const HOLDER: Omit<LockHolder, 'host'> = {
  pid: GONE,
  start: 'gone',
  session: '/no/such/RUN_1',
  since: '2026-02-16T23:12:05.123+01:00',
  nonce: 'n',
}

/** A lock file that was last written so many seconds ago. */
function lockOf(host: HostIdentity | null, secondsAgo: number, session = HOLDER.session): string {
  const path = join(temporaryFolder(), 'run.lock')
  createLock(path, { ...HOLDER, host, session })
  const time = Date.now() / 1_000 - secondsAgo
  utimesSync(path, time, time)
  return path
}

test('a lock of another host or container is honoured while it is written to, by it or its session', async () => {
  for (const host of [elsewhere, apart]) {
    expect(lifeOfHolder('', { ...HOLDER, host: here })).toEqual({ alive: false })
    const path = lockOf(host, 3)
    expect(lifeOfHolder(path, readLock(path)!)).toMatchObject({ alive: true })
    const silent = lockOf(host, 60)
    expect(lifeOfHolder(silent, readLock(silent)!)).toMatchObject({ alive: false })
    const busy = lockOf(host, 60, sessionDirectory(2))
    expect(lifeOfHolder(busy, readLock(busy)!)).toMatchObject({ alive: true })
    // oxlint-disable-next-line no-await-in-loop -- two
    const refused = acquireRunLock({ folder: join(path, '..'), session: 's', wait: 0 })
    // oxlint-disable-next-line no-await-in-loop -- two
    await expect(refused).rejects.toThrow(host === elsewhere ? /pid \d+ on box/ : /pid \d+, since/)
  }
})

test('a lock that fell silent is taken over; only what this machine held is cleaned up after', async () => {
  for (const host of [elsewhere, apart]) {
    const folder = join(lockOf(host, 60), '..')
    // oxlint-disable-next-line no-await-in-loop -- two
    const lock = await acquireRunLock({ folder, session: '/logs/RUN_2', wait: 0 })
    expect(lock.stale[0]?.session ?? null).toBe(host === apart ? HOLDER.session : null)
    expect(readLock(join(folder, 'run.lock'))).toMatchObject({ pid, host: here })
    lock.release()
  }
})
