import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ended } from '../../../test/fixtures/session/kit.ts'
import type { JournalEntry, SessionEvent } from '../../events/index.ts'
import { Heartbeat } from './heartbeat.ts'

const MINUTE_MS = 60_000

let told: string[]
let heartbeat: Heartbeat
let seq = 0

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 1, 16, 23, 12, 5) })
  told = []
  seq = 0
  heartbeat = new Heartbeat((line) => told.push(line))
})
afterEach(() => {
  heartbeat.stop()
  vi.useRealTimers()
})

function note(event: SessionEvent): void {
  const time = '2026-02-16T23:12:05.000+01:00'
  heartbeat.note({ seq: (seq += 1), time, ...event, check: '00000000' } as JournalEntry)
}

function begin(): void {
  const plan = { name: 'Plan', file: 'plans/default.yaml' }
  const process = { pid: 1, process_start: null, command: 'vitest run' }
  const run = { session: 'RUN_20260216_231205', kind: 'plan' as const, loadouts: [] }
  note({ type: 'run_started', ...run, plan, ...process })
}

test('each minute it says what is being done and how far the run is', () => {
  begin()
  vi.advanceTimersByTime(MINUTE_MS - 1)
  expect(told).toEqual([])
  vi.advanceTimersByTime(1)
  note({ type: 'totals', total: 3 })
  note({ type: 'model_loading', domain: 'llm', loadout: 'sim-a', model: 'sim://a' })
  note(ended(1))
  note(ended(2, { status: 'FAILED' }))
  vi.advanceTimersByTime(MINUTE_MS)
  expect(told).toEqual([
    '[23:13:05] [INFO] Still Running: Starting (0 done)',
    '[23:14:05] [INFO] Still Running: Scenario chat > t2 (2 of 3 done, 1 failed, 0 missing)',
  ])
})

test('it ends with the run', () => {
  begin()
  const counts = { passed: 0, failed: 0, skipped: 0, missing: 0, interrupted: 0 }
  note({ type: 'run_ended', status: 'PASSED', counts, duration: 1, recorded_by: 'run' })
  vi.advanceTimersByTime(5 * MINUTE_MS)
  expect(told).toEqual([])
})
