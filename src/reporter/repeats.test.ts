import { expect, it } from 'vitest'
import type { EventOf, ScenarioResult } from '../events/index.ts'
import { sessionEvent } from '../events/event.ts'
import { Repeats } from './repeats.ts'

type Facts = Partial<Pick<ScenarioResult, 'status' | 'duration' | 'cold' | 'metrics'>>

function row(repeat: number, facts: Facts = {}): ScenarioResult {
  const known = { id: `llm|sim://small|hello|a | b|${repeat}`, name: 'hello > a | b', repeat }
  const loadout = { domain: 'llm', loadout: 'sim-small', models: ['sim://small'] }
  const outcome = { status: 'PASSED', duration: 1, cold: false, metrics: {}, ...facts }
  return { ...known, ...loadout, ...outcome } as ScenarioResult
}

function summaryOf(rows: readonly ScenarioResult[], expected = rows.length) {
  const told: EventOf<'repeats_summarised'>[] = []
  const repeats = new Repeats((summary) => told.push(summary))
  for (const one of rows) repeats.add(one, expected)
  return told
}

it('the last repeat gives pass@k, pass^k and the spread of each number', () => {
  const rows = [10, 20, 30, 40, 50, 60].map((tps, repeat) =>
    row(repeat, {
      status: repeat % 2 === 0 ? 'PASSED' : 'FAILED',
      duration: repeat + 1,
      metrics: { tps, tokens_source: 'usage', itl: [1], ttft: null },
    }),
  )
  const [summary, ...more] = summaryOf(rows)
  expect(more).toEqual([])
  expect(sessionEvent.parse(summary)).toEqual(summary)
  expect(summary).toMatchObject({
    id: 'llm|sim://small|hello|a | b',
    n: 6,
    passed: 3,
    pass_at_k: [0.5, 0.8, 0.95, 1, 1, 1],
    pass_hat_k: [0.5, 0.2, 0.05, 0, 0, 0],
    duration: { n: 6, mean: 3.5, median: 3.5, std: 1.870829, min: 1, max: 6 },
  })
  expect(Object.keys(summary?.metrics ?? {})).toEqual(['tps'])
  const { interval } = summary?.metrics['tps'] ?? {}
  expect(interval).toMatchObject({ level: 0.95, method: 'student_t' })
  expect(interval?.low).toBeLessThan(summary?.metrics['tps']?.mean ?? 0)
  expect(interval?.high).toBeGreaterThan(summary?.metrics['tps']?.mean ?? 0)
})

it('a cold start stays out of the times to the first token, and few values have no interval', () => {
  const metrics = (ttft: number) => ({ metrics: { ttft, e2el: ttft } })
  const [summary] = summaryOf([row(0, { cold: true, ...metrics(9) }), row(1, metrics(1))])
  expect(summary?.metrics).toMatchObject({
    ttft: { n: 1, mean: 1, std: null, interval: null },
    e2el: { n: 2, mean: 5, interval: null },
  })
})

it('repeats that were skipped do not count, and a single run is no repeat', () => {
  const skipped = row(1, { status: 'SKIPPED', duration: null })
  expect(summaryOf([row(0), skipped])).toMatchObject([{ n: 1, passed: 1 }])
  expect(summaryOf([skipped, row(0, { status: 'SKIPPED' })])).toEqual([])
  expect(summaryOf([row(0)])).toEqual([])
  expect(summaryOf([row(0), row(1)], 3)).toEqual([])
})
