import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Counts } from '../../events/index.ts'
import type { ReportedResult } from '../session/index.ts'
import { DetailBlocks } from './detail-blocks.ts'
import { MOST_OTHER_ROWS, MOST_PASSED_ROWS } from './limits.ts'
import { Rows } from './rows.ts'
import { shares } from './shares.ts'
import { Spreads } from './spread.ts'
import type { ResultDetail } from './types.ts'

function result(changes: Partial<ReportedResult> = {}): ReportedResult {
  return {
    schema_version: 1,
    id: 'llm|sim://small|a|a|0',
    name: 'a',
    file: 'scenarios/llm/a.scenario.ts',
    domain: 'llm',
    loadout: 'sim-small',
    models: ['sim://small'],
    status: 'PASSED',
    started_at: '2026-02-16T23:12:09.300+01:00',
    duration: 1,
    setup_time: null,
    cold: false,
    retries: 0,
    repeat: 0,
    metrics: {},
    vram_prior: null,
    vram_loaded: null,
    vram_peak: null,
    input_text: null,
    output_text: null,
    input_file: null,
    output_file: null,
    attachments: [],
    errors: [],
    logs: [],
    flags: [],
    derived: [],
    ...changes,
  }
}

const counts = (passed: number, failed: number): Counts => {
  return { passed, failed, skipped: 0, missing: 0, interrupted: 0 }
}

test('room is divided so that what is small fits whole', () => {
  expect(shares([90, 5, 50, 0], 65)).toEqual([30, 5, 30, 0])
  expect(shares([3, 4], 65)).toEqual([3, 4])
  fc.assert(
    fc.property(fc.array(fc.nat(1_000)), fc.nat(5_000), (sizes, room) => {
      const given = shares(sizes, room)
      const all = sizes.reduce((sum, size) => sum + size, 0)
      const sum = given.reduce((total, share) => total + share, 0)
      expect(given.every((share, index) => share <= (sizes[index] ?? 0))).toBe(true)
      expect(sum).toBeLessThanOrEqual(Math.min(all, room))
      expect(sum).toBeGreaterThanOrEqual(Math.min(all, room - sizes.length))
    }),
  )
})

test('each loadout has its share of the page, and failures have room beside what passed', () => {
  const rows = new Rows(
    [counts(MOST_PASSED_ROWS, MOST_OTHER_ROWS), counts(MOST_PASSED_ROWS, 3)],
    [],
  )
  const kept = { passed: [0, 0], failed: [0, 0] }
  for (const loadout of [0, 1]) {
    for (let count = 0; count < MOST_PASSED_ROWS; count += 1) {
      if (rows.takeRoom(result(), loadout)) kept.passed[loadout]! += 1
    }
    for (let count = 0; count < (loadout === 0 ? MOST_OTHER_ROWS : 3); count += 1) {
      if (rows.takeRoom(result({ status: 'FAILED' }), loadout)) kept.failed[loadout]! += 1
    }
  }
  expect(kept.passed).toEqual([MOST_PASSED_ROWS / 2, MOST_PASSED_ROWS / 2])
  expect(kept.failed).toEqual([MOST_OTHER_ROWS - 3, 3])
  expect(rows.leftOut).toBe(MOST_PASSED_ROWS + 3)
})

test('a metric that comes late, or only sometimes, stands beside its own results', () => {
  const rows = new Rows([counts(5, 0)], [])
  const given = [{}, { tps: 5 }, {}, { tps: 7, ttft: 0.1 }, {}]
  for (const metrics of given) rows.add(result({ metrics }), 0, 0)
  const { metrics, start } = rows.columns(Date.parse('2026-02-16T22:12:08.000Z'))
  expect(metrics).toEqual({ ttft: [null, null, null, 0.1, null], tps: [null, 5, null, 7, null] })
  expect(Object.keys(metrics)).toEqual(['ttft', 'tps'])
  expect(start).toEqual([1.3, 1.3, 1.3, 1.3, 1.3])
})

test('a spread counts error rates together, and has nothing of how fast replies were', () => {
  const spreads = new Spreads()
  spreads.add(result({ metrics: { wer: 0.5, wer_counts: [1, 0, 0, 1], ttft: 9 }, cold: true }))
  spreads.add(result({ metrics: { wer: 0, wer_counts: [0, 0, 0, 8], ttft: 0.2, tps: 9 } }))
  spreads.add(result({ metrics: { tts_wer: 1, tts_wer_counts: [0, 0, 2, 2] } }))
  spreads.add(result({ metrics: { tts_wer: 0, tts_wer_counts: [0, 0, 0, 6] } }))
  const { wer, tts_wer, ttft, tps, duration } = spreads.result()
  expect(wer).toMatchObject({ n: 2, median: 0.25, mean: 0.25, pooled: 0.1 })
  expect(tts_wer).toMatchObject({ n: 2, mean: 0.5, pooled: 0.25 })
  expect([ttft, tps, duration]).toEqual([undefined, undefined, undefined])
})

test('details beyond the limit are counted, and those of failures have a limit of their own', () => {
  const blocks = new DetailBlocks()
  // Random text does not become smaller when it is compressed.
  const output = { text: randomBytes(400_000).toString('base64') }
  const detail = { row: 0, output } as ResultDetail
  let kept = 0
  for (let count = 0; count < 60; count += 1) {
    if (!blocks.hasRoom(true)) continue
    blocks.add(detail, true)
    kept += 1
  }
  expect(kept).toBeLessThan(60)
  expect(blocks.leftOut).toBe(60 - kept)
  expect(blocks.hasRoom(false)).toBe(true)
})
