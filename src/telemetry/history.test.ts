import { expect, test } from 'vitest'
import { History } from './history.ts'
import type { GpuProcess, GpuSample, Sample } from './types.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const HOUR = 3_600_000

const gpu = (used: number | null, throttled: boolean | null = false): GpuSample => {
  return { index: 0, uuid: null, name: 'GPU', total: 24 * GIB, used, utilization: 0, throttled }
}

interface Step {
  at: number
  clock?: number
  used?: (number | null)[]
  throttled?: boolean
  stale?: boolean
  swap?: number | null
  processes?: GpuProcess[]
}

function historyOf(steps: Step[]): History {
  const history = new History(1_000)
  for (const step of steps) {
    const { at, clock = at, used = [1], throttled, stale = false, swap = 0, processes = [] } = step
    const gpus = used.map((bytes) => gpu(bytes, throttled ?? false))
    const host = { cpu: 0, ramUsed: 1, ramTotal: 2, swapUsed: swap }
    history.add({ at, gpus, stale, ...host } satisfies Sample, processes, { clock })
  }
  return history
}

test('the peak of a span is the highest sum over all GPUs', () => {
  const history = historyOf([
    { at: 1_000, used: [9, 9] },
    { at: 2_000, used: [1, 2] },
    { at: 3_000, used: [3, 4] },
    { at: 4_000, used: [8, 8] },
  ])
  expect(history.since(1_500, 5_000, { to: 3_500 }).peak).toBe(7)
  expect(history.since(1_500, 5_000).peak).toBe(16)
})

test('a span without a sample of its own has the one in force, if it is young', () => {
  const history = historyOf([{ at: 1_000, used: [5] }])
  expect(history.since(1_400, 1_600).peak).toBe(5)
  expect(history.since(4_000, 4_100).peak).toBeNull()
  expect(historyOf([]).since(0, 1_000)).toEqual({ peak: null, pids: [], flags: [] })
})

test('memory that is unknown or old is no peak', () => {
  const history = historyOf([
    { at: 1_000, used: [null] },
    { at: 2_000, used: [] },
    { at: 3_000, used: [7], stale: true },
    { at: 4_000, used: [7, null] },
  ])
  expect(history.since(500, 5_000).peak).toBeNull()
})

test('a GPU that was slowed down at any moment flags the span', () => {
  const history = historyOf([{ at: 1_000, throttled: true }, { at: 2_000 }])
  expect(history.since(500, 3_000).flags).toEqual(['throttled'])
  expect(history.since(1_500, 3_000).flags).toEqual([])
})

test('swap flags a span in which it grew by more than the system needs to tidy up', () => {
  const swap = (...bytes: (number | null)[]) =>
    historyOf(bytes.map((swapped, index) => ({ at: index * 1_000, swap: swapped })))
  expect(swap(GIB, GIB, GIB).since(0, 3_000).flags).toEqual([])
  expect(swap(GIB, GIB + 60 * MIB).since(0, 3_000).flags).toEqual([])
  expect(swap(GIB, GIB + 70 * MIB, GIB).since(0, 3_000).flags).toEqual(['swap_used'])
  expect(swap(0, 70 * MIB).since(900, 1_100).flags).toEqual(['swap_used'])
  expect(swap(null, null).since(0, 3_000).flags).toEqual([])
})

test('a clock that is set forward flags the span, and what was before is still before', () => {
  const history = historyOf([
    { at: 1_000, used: [9] },
    { at: 2_000, used: [2] },
    { at: HOUR + 3_000, clock: 3_000, used: [3] },
    { at: HOUR + 4_000, clock: 4_000, used: [1] },
  ])
  expect(history.since(1_500, HOUR + 4_100)).toMatchObject({ peak: 3, flags: ['clock_jump'] })
  expect(history.since(2_500, HOUR + 4_100)).toMatchObject({ peak: 3, flags: ['clock_jump'] })
  expect(history.since(HOUR + 3_500, HOUR + 4_100)).toMatchObject({ peak: 1, flags: [] })
})

test('a clock that is set back flags the span that it was set back in, and no later one', () => {
  const history = historyOf([
    { at: HOUR + 1_000, clock: 1_000, used: [9] },
    { at: HOUR + 2_000, clock: 2_000, used: [2] },
    { at: 3_000, clock: 3_000, used: [3] },
    { at: 4_000, clock: 4_000, used: [1] },
  ])
  expect(history.since(HOUR + 1_500, 4_100)).toMatchObject({ peak: 3, flags: ['clock_jump'] })
  expect(history.since(3_500, 4_100)).toMatchObject({ peak: 1, flags: [] })
})

test('a clock that drifts is no jump', () => {
  const history = historyOf([0, 1, 2, 3].map((n) => ({ at: n * 1_900, clock: n * 1_000 })))
  expect(history.since(0, 6_000).flags).toEqual([])
})

/** Windows tells of no process how much it holds. */
const isToldOf = process.platform !== 'win32'

test('processes count when they are here and hold a considerable amount, or one that is not told', () => {
  const history = historyOf([
    {
      at: 1_000,
      processes: [
        { pid: process.pid, name: 'node', used: 200 * MIB },
        { pid: process.ppid, name: 'compositor', used: 25 * MIB },
        { pid: process.ppid, name: 'dwm.exe', used: null },
        { pid: 999_999_999, name: 'in another container', used: GIB },
      ],
    },
    { at: 2_000, processes: [{ pid: process.pid, name: 'node', used: 200 * MIB }] },
  ])
  expect(history.since(500, 3_000).pids).toEqual(
    isToldOf ? [process.pid, process.ppid] : [process.pid],
  )
})
