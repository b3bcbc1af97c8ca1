import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { openProgress, type ProgressWriter } from '../services/leases/worker-progress.ts'
import type { Hello } from '../services/leases/lease-protocol.ts'
import type { ForkedWorker } from './forked-worker.ts'
import { TICK_MS } from './watched-file.ts'
import { WorkerWatch } from './worker-watch.ts'

/** A pid that no process has: what is to be ended is not there any more. */
const NOBODY = 2 ** 22 + 1

let clock: number
let told: string[]
let watch: WorkerWatch
let debugging: boolean

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  clock = 0
  told = []
  debugging = false
  watch = new WorkerWatch({
    testTimeout: () => 1_000,
    isDebugging: () => debugging,
    onLost: ({ file, kind, how, allowed }) => told.push(`${file} ${kind} ${how} ${allowed ?? ''}`),
    onStalled: ({ file }) => told.push(`${file} stalls`),
    note: (message) => told.push(message),
    now: () => clock,
  })
})
afterEach(() => vi.useRealTimers())

/** So many seconds pass, each with a tick. */
function pass(seconds: number): void {
  for (let second = 0; second < seconds; second += 1) {
    clock += TICK_MS
    vi.advanceTimersByTime(TICK_MS)
  }
}

function notes(): ProgressWriter {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-notes-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return openProgress({ socket: '', token: '', timeout: 0, notes: folder })!
}

const hello = (file: string, progress: string | null = null, pid = NOBODY): Hello => {
  const from = { id: 1, token: '', project: 'p', file, type: 'hello' } as const
  return { ...from, pid, progress, debugged: false }
}

/** A file that is loaded, has its lease and runs a test with a limit. */
function running(file: string, limit: number | null = 2_000, pid = NOBODY) {
  const progress = notes()
  const follower = watch.follow(hello(file, progress.path, pid))
  follower.asks(limit)
  follower.answered()
  progress.write({ type: 'began', test: 't', at: 7, limit })
  pass(1)
  return { follower, progress }
}

test('a worker that says nothing for the limit of its test and five seconds is ended', () => {
  const { follower } = running('a')
  pass(3)
  expect(told).toEqual(['a stalls'])
  pass(3)
  expect(told).toHaveLength(1)
  pass(2)
  follower.gone()
  expect(told.slice(1)).toEqual(['a silent 8 s 2 s'])
})

test('one that says it lives is left to Vitest, for a minute beyond the limit of its test', () => {
  const { follower } = running('a')
  for (let second = 0; second < 60; second += 1) {
    follower.beat(false)
    pass(1)
  }
  expect(told).toEqual([])
  for (let second = 0; second < 4; second += 1) {
    follower.beat(false)
    pass(1)
  }
  follower.gone()
  expect(told).toEqual(['a endless 63 s 2 s'])
})

test('what ends or begins is a sign of life, also where no timer of the worker comes', () => {
  const { progress } = running('a')
  for (let second = 0; second < 60; second += 6) {
    pass(6)
    progress.write({ type: 'try', test: 't' })
  }
  expect(told).toEqual(['a stalls'])
})

test('a test without a limit, a wait for a lease and time for a debugger have no end', () => {
  running('endless', null)
  const waiting = watch.follow(hello('waits'))
  waiting.asks(1_000)
  pass(10_000)
  expect(told).toEqual(['endless stalls'])
  debugging = true
  running('debugged')
  pass(10_000)
  expect(told).toHaveLength(1)
})

test('time in which this process did not run does not count', () => {
  running('a')
  // The machine slept for an hour between two ticks, and once more.
  for (let sleep = 0; sleep < 2; sleep += 1) {
    clock += 3_600_000
    vi.advanceTimersByTime(TICK_MS)
  }
  expect(told).toEqual(['a stalls'])
})

test('a file that does not load has fifteen seconds, by whatever it is silent or not', () => {
  const follower = watch.follow(hello('a'))
  for (let second = 0; second < 15; second += 1) {
    follower.beat(false)
    pass(1)
  }
  expect(told).toEqual(['a stalls'])
  pass(1)
  follower.gone()
  expect(told.slice(1)).toEqual(['a loading 16 s '])
})

test('a thread cannot be ended, which is said once', () => {
  running('a', 1_000, process.pid)
  running('b', 1_000, process.pid)
  pass(20)
  const [, , helpless, ...more] = told
  expect(helpless).toMatch(/^a has not yielded for \d+ s, and jarvis cannot end it/)
  expect(more).toEqual([])
})

test('a connection that closes tells of a lost worker, and of none once its file has ended', () => {
  const ended = watch.follow(hello('ended'))
  ended.asks(1_000)
  ended.answered()
  ended.released()
  ended.gone()
  watch.follow(hello('lost')).gone()
  watch.follow(hello('recorded'))
  watch.done('p', 'recorded')
  expect(told).toEqual(['lost died its process ended, or its thread '])
})

test('a worker of ours that dies tells why, of the file that it had and of those that it was to have', async () => {
  const worker = { project: 'p', files: ['a', 'b', 'c'], pid: NOBODY } as unknown as ForkedWorker
  watch.events.runs(worker)
  watch.follow(hello('a')).released()
  // The next of the same process: the one before has ended.
  const { progress } = running('b')
  progress.write({ type: 'ended', test: 't', outcomes: [] })
  watch.events.ended(worker, Promise.resolve('it broke'))
  expect(told).toEqual([])
  await watch.settled()
  expect(told).toEqual(['b died it broke ', 'c unbegun it broke '])
  expect(watch.told('p', 'b')?.running.size).toBe(0)
  watch.done('p', 'b')
  expect(watch.told('p', 'b')).toBe(null)
})

test('what a worker leaves behind is ended as well when it hangs, and what ends in order is not told', async () => {
  const worker = { project: 'p', files: ['a'], pid: NOBODY } as unknown as ForkedWorker
  watch.events.runs(worker)
  watch.follow(hello('a')).released()
  watch.events.ran(worker)
  // Its end may be on its way: who has recorded it by then does not look at this.
  expect(told.splice(0)).toEqual(['a unsent it ended without a result '])
  watch.done('p', 'a')
  pass(12)
  expect(told).toEqual([
    'Something that a left behind lets nothing else happen: its process is ended.',
  ])
  watch.events.ended(worker, null)
  await watch.settled()
  expect(told).toHaveLength(1)
})
