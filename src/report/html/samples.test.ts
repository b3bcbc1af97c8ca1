import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeJournal } from '../../../test/support/journal-file.ts'
import type { EventOf, JournalEntry } from '../../events/index.ts'
import { MOST_SAMPLES } from './limits.ts'
import { readSamples } from '../session/index.ts'
import { MachineCurve } from './samples.ts'
import type { PageSamples } from './types.ts'

const ORIGIN = Date.UTC(2026, 1, 16, 22)

/** A sample of one GPU: seconds from the start, GB in use, and what else there is to say. */
type Taken = [at: number, used: number | null, more?: Partial<EventOf<'sample'>>]

async function curveOf(taken: Iterable<Taken>): Promise<PageSamples> {
  const directory = mkdtempSync(join(tmpdir(), 'jarvis-samples-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const entries = Array.from(taken, ([at, used, more]): JournalEntry => {
    const rest = { vram_total: 24, utilization: null, throttled: null }
    const gpus = [{ index: 0, name: 'GPU', vram_used: used, ...rest }]
    const host = { cpu: null, ram_used: 10, ram_total: 64, swap_used: null }
    const sample = { type: 'sample', gpus, stale: false, interval: 1, ...host } as const
    const time = new Date(ORIGIN + at * 1_000).toISOString()
    return { ...sample, ...more, seq: 1, time, check: '' }
  })
  writeJournal(directory, entries)
  const curve = new MachineCurve()
  for await (const sample of readSamples(directory)) curve.add(sample)
  return curve.result(ORIGIN)!
}

const memory = ({ time, vram }: PageSamples) => time.map((at, index) => [at, vram[index]])

test('a time without samples is no line', async () => {
  const curve = await curveOf([
    [0, 0.5],
    [3, 0.5],
    // Three intervals may be late, more are a gap.
    [7, 2.5],
    [8, 2.5],
  ])
  expect(memory(curve)).toEqual([
    [0, 0.5],
    [3, 0.5],
    [5, null],
    [7, 2.5],
    [8, 2.5],
  ])
  expect(curve.ram).toEqual([10, 10, null, 10, 10])
})

test('what the GPU was not heard of is no line, while the host goes on', async () => {
  const curve = await curveOf([
    [0, null, { gpus: [], stale: true }],
    [1, 0.5],
    [2, 0.5, { stale: true }],
    [3, 2.5],
  ])
  expect(memory(curve)).toEqual([
    [0, null],
    [1, 0.5],
    [2, null],
    [3, 2.5],
  ])
  expect(curve.ram).toEqual([10, 10, 10, 10])
})

test('a night is a curve of few points with its peaks and its gap', async () => {
  const [long, begun, over] = [30_000, 9_000, 12_600]
  const night = function* (): Generator<Taken> {
    for (let at = 0; at < long; at += 1) {
      if (at < begun || at >= over) yield [at, at === 20_001 ? 20 : 2]
    }
  }
  const curve = await curveOf(night())
  const points = memory(curve)
  expect(points.length).toBeLessThanOrEqual(MOST_SAMPLES + 1)
  expect(points.length).toBeGreaterThan(MOST_SAMPLES / 2)
  expect(points.filter(([, used]) => used === null)).toEqual([[(begun - 1 + over) / 2, null]])
  expect(points.filter(([, used]) => used === 20)).toHaveLength(1)
  expect(curve.time).toEqual(curve.time.toSorted((a, b) => a - b))
})

test('samples that are always late are as few points as others', async () => {
  const late = Array.from({ length: 10_000 }, (_, index): Taken => [index * 5, 1])
  const { time } = await curveOf(late)
  expect(time.length).toBeLessThanOrEqual(2 * MOST_SAMPLES)
})
