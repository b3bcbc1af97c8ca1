import { expect, test } from 'vitest'
import { leftTests } from './left-tests.ts'
import type { KnownFile, KnownResult } from './resume-point.ts'

const PREFIX = 'llm|sim://a|chat|'
const wanted = { failed: false, isThere: () => true }

let seq = 0

function result(name: string, changes: Partial<KnownResult> = {}): KnownResult {
  const repeat = changes.repeat ?? 0
  const id = `${PREFIX}${name}|${repeat}`
  const rest = { cause: null, retries: 0, cold: null, wasUp: true, messages: [], metrics: {} }
  const base = {
    seq: (seq += 1),
    id,
    name: `chat > ${name}`,
    status: 'PASSED',
    repeat,
    duration: 1,
  }
  return { ...base, ...rest, ...changes } as KnownResult
}

function file(results: KnownResult[], hasEnded = true): KnownFile {
  const place = { domain: 'llm', loadout: 'sim-a', file: 'scenarios/llm/chat.scenario.ts' }
  return { ...place, domain: 'llm', hasEnded, results }
}

test('a file that ran to its end has nothing left, whatever its results are', () => {
  expect(
    leftTests(file([result('a'), result('b', { status: 'FAILED' })]), PREFIX, wanted),
  ).toBeNull()
})

test('all of a file is left that has no results', () => {
  expect(leftTests(undefined, PREFIX, wanted)).toMatchObject({ only: null, isSure: true })
})

test('of a file that was cut off all is left but what is final, and it may be nothing', () => {
  const left = leftTests(file([result('a'), result('b|c')], false), PREFIX, wanted)
  expect(left).toMatchObject({ only: null, done: new Set(['a', 'b|c']), isSure: false })
})

test('of a test with repeats those are left that are not final', () => {
  const rows = [0, 1].map((repeat) => result('a', { repeat }))
  const cut = result('a', { repeat: 2, status: 'INTERRUPTED', duration: null })
  const left = leftTests(file([...rows, cut, result('b')], false), PREFIX, wanted)
  expect(left?.some.get('a')?.map(({ repeat }) => repeat)).toEqual([0, 1])
  expect([...left!.again.keys()]).toEqual([cut.id])
  expect(left?.done).toEqual(new Set(['b']))
})

test('what was missing is left where it is there by now, unless its loadout was up', () => {
  const lacks = result('a', { status: 'MISSING', wasUp: false, duration: null })
  const cannot = result('b', { status: 'MISSING', wasUp: true })
  expect(leftTests(file([lacks, cannot]), PREFIX, wanted)?.only).toEqual(new Set(['a']))
  const absent = { ...wanted, isThere: () => false }
  expect(leftTests(file([lacks, cannot]), PREFIX, absent)).toBeNull()
})

test('what failed is left where that is wanted, and a file that did not load is left as a whole', () => {
  const failed = { ...wanted, failed: true }
  const rows = [result('a', { status: 'FAILED' }), result('b')]
  expect(leftTests(file(rows), PREFIX, failed)?.only).toEqual(new Set(['a']))
  const ofFile = result('chat', { name: 'chat', status: 'FAILED', duration: null })
  expect(leftTests(file([ofFile]), PREFIX, failed)).toMatchObject({ only: null, done: new Set() })
})
