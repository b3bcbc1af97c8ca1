import { expect, test } from 'vitest'
import type { SessionEvent } from '../events/index.ts'
import { RowTotals } from './row-totals.ts'
import type { ProjectTarget } from './run-host.ts'

const target = (loadout: string): ProjectTarget => ({
  domain: 'llm',
  loadout,
  title: loadout,
  models: [],
  repeats: 1,
})

const totalOf = (loadout: string, total: number) => ({ domain: 'llm', loadout, total })

test('what files promise is corrected as they are collected, and never the other way round', () => {
  const events: SessionEvent[] = []
  const totals = new RowTotals((event) => events.push(event))
  const [a, b] = [target('a'), target('b')]
  totals.foresee([
    { key: 'a 1', file: '1', target: a, rows: 2, tests: 2 },
    { key: 'a 2', file: '2', target: a, rows: 1, tests: 1 },
    { key: 'b 1', file: '1', target: b, rows: 2, tests: 2 },
  ])
  // What it has here it has there as well, until that is known better.
  totals.correct({ key: 'a 1', file: '1', target: a, rows: 5, tests: 5 })
  totals.foresee([{ key: 'a 1', file: '1', target: a, rows: 2, tests: 2 }])
  totals.correct({ key: 'b 1', file: '1', target: b, rows: 4, tests: 4 })
  expect(events).toEqual([
    { type: 'totals', total: 5, loadouts: [totalOf('a', 3), totalOf('b', 2)] },
    { type: 'totals', total: 11, loadouts: [totalOf('a', 6), totalOf('b', 5)] },
    { type: 'totals', total: 10, loadouts: [totalOf('b', 4)] },
  ])
})

test('a run whose only file has no tests is told so once', () => {
  const events: SessionEvent[] = []
  const totals = new RowTotals((event) => events.push(event))
  totals.correct({ key: 'a 1', file: '1', target: target('a'), rows: 0, tests: 0 })
  totals.correct({ key: 'a 1', file: '1', target: target('a'), rows: 0, tests: 0 })
  expect(events).toEqual([{ type: 'totals', total: 0, loadouts: [] }])
})

test('a loadout that cannot be had gives one row a test, however often its tests were to run', () => {
  const events: SessionEvent[] = []
  const totals = new RowTotals((event) => events.push(event))
  const [a, b] = [target('a'), target('b')]
  totals.foresee([
    { key: 'a 1', file: '1', target: a, rows: 7, tests: 4 },
    { key: 'b 1', file: '1', target: b, rows: 7, tests: 4 },
    { key: 'b 2', file: '2', target: b, rows: 2, tests: 1 },
  ])
  totals.refuse(b)
  totals.correct({ key: 'b 1', file: '1', target: b, rows: 9, tests: 5 })
  totals.end('b 1', 5)
  totals.end('a 1', 6)
  expect(events).toEqual([
    { type: 'totals', total: 16, loadouts: [totalOf('a', 7), totalOf('b', 9)] },
    { type: 'totals', total: 12, loadouts: [totalOf('b', 5)] },
    { type: 'totals', total: 15, loadouts: [totalOf('b', 6), totalOf('a', 9)] },
    { type: 'totals', total: 12, loadouts: [totalOf('a', 6)] },
  ])
})

test('what is known by a text alone may be less than there will be, and the totals say so', () => {
  const events: SessionEvent[] = []
  const totals = new RowTotals((event) => events.push(event))
  const [a, b] = [target('a'), target('b')]
  totals.foresee([
    { key: 'a 1', file: '1', target: a, rows: 1, tests: 1, isLeast: true },
    { key: 'b 1', file: '1', target: b, rows: 1, tests: 1, isLeast: true },
    { key: 'b 2', file: '2', target: b, rows: 1, tests: 1, isLeast: true },
  ])
  totals.correct({ key: 'a 1', file: '1', target: a, rows: 3, tests: 3 })
  totals.correct({ key: 'b 2', file: '2', target: b, rows: 1, tests: 1 })
  expect(events).toEqual([
    { type: 'totals', total: 3, loadouts: [totalOf('a', 1), totalOf('b', 2)], at_least: true },
    { type: 'totals', total: 7, loadouts: [totalOf('a', 3), totalOf('b', 4)], at_least: true },
    { type: 'totals', total: 7, loadouts: [] },
  ])
})
