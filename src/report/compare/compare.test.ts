import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ScenarioResult } from '../../events/index.ts'
import { hostileResults } from '../../../test/support/hostile-results.ts'
import {
  completeSession,
  foreignSession,
  killedSession,
  resultsOnlySession,
} from '../../../test/support/session-directories.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { readSide } from './cases.ts'
import { compare } from './compare.ts'
import { comparisonPage } from './html.ts'
import { countsLine, isWorse, sectionsOf } from './sections.ts'

const [LLM, STREAM, , STT] = STORY_LOADOUTS as [
  (typeof STORY_LOADOUTS)[0],
  (typeof STORY_LOADOUTS)[0],
  (typeof STORY_LOADOUTS)[0],
  (typeof STORY_LOADOUTS)[0],
]
const failed: Partial<ScenarioResult> = { status: 'FAILED', errors: [{ message: 'said no' }] }

function one(name: string, changes: Partial<ScenarioResult> = {}): ScenarioResult {
  return storyResult(LLM, name, changes)
}

/** The same scenario so many times, each with another duration. */
function repeats(name: string, durations: number[], metrics: ScenarioResult['metrics'] = {}) {
  return durations.map((duration, repeat) => one(name, { repeat, duration, metrics }))
}

async function compared(before: ScenarioResult[], after: ScenarioResult[], threshold?: number) {
  const sides = [before, after].map((results) => {
    const directory = temporaryFolder()
    for (const [domain, own] of Map.groupBy(results, (result) => result.domain)) {
      writeFileSync(join(directory, `${domain}.json`), JSON.stringify(own))
    }
    return readSide(directory)
  })
  const [left, right] = await Promise.all(sides)
  return compare(left!, right!, threshold)
}

function titles(comparison: Awaited<ReturnType<typeof compared>>): string[] {
  return sectionsOf(comparison).map(
    ({ title, entries }) => `${title}: ${entries.map(({ name }) => name).join(', ')}`,
  )
}

test('every scenario and loadout is fixed, broke, new, gone, failing or the same', async () => {
  const comparison = await compared(
    [one('same'), one('broke'), one('fixed', failed), one('failing', failed), one('gone')],
    [
      one('same'),
      one('broke', failed),
      one('fixed'),
      one('failing', failed),
      one('new'),
      one('new failing', failed),
      storyResult(STREAM, 'gone'),
      one('left out', { status: 'SKIPPED' }),
    ],
  )
  expect(titles(comparison)).toEqual([
    'Broke: broke',
    'New and failing: new failing',
    'Still failing: failing',
    'Fixed: fixed',
    'New: new, gone',
    'Gone: gone',
  ])
  expect(countsLine(comparison)).toBe(
    '1 broke, 1 new and failing, 1 still failing, 1 fixed, 2 new, 1 gone, 1 the same',
  )
  expect(comparison.cases.find(({ outcome }) => outcome === 'broke')).toMatchObject({
    a: { passed: 1, n: 1 },
    b: { passed: 0, n: 1 },
    message: 'said no',
  })
  expect(isWorse(comparison)).toBe(true)
})

test('single runs are slower or faster beyond the threshold, and never for a trifle', async () => {
  const times = (duration: number, ttft: number) => ({ duration, metrics: { ttft } })
  const before = [one('a', times(1, 0.5)), one('b', times(1, 0.002)), one('c', times(2, 0.5))]
  const after = [one('a', times(1.09, 0.6)), one('b', times(1.2, 0.003)), one('c', times(1, 0.5))]
  const comparison = await compared(before, after)
  expect(titles(comparison)).toEqual(['Slower: a, b', 'Faster: c'])
  const texts = sectionsOf(comparison).flatMap(({ entries }) => entries.map((e) => e.details))
  expect(texts).toEqual([
    ['TTFT 0.5 s → 0.6 s (+20 %)'],
    ['Duration 1 s → 1.2 s (+20 %)'],
    ['Duration 2 s → 1 s (−50 %)'],
  ])
  expect(titles(await compared(before, after, 0.05))).toEqual(['Slower: a, b', 'Faster: c'])
  expect(titles(await compared(before, after, 0.6))).toEqual([])
})

test('from five repeats on it is slower only when the 95 % intervals do not overlap', async () => {
  const steady = [1, 1.01, 0.99, 1, 1.02]
  const noisy = [0.5, 2, 0.6, 1.9, 1.3]
  const slower = steady.map((value) => value * 1.08)
  const comparison = await compared(
    [...repeats('clear', steady), ...repeats('noise', steady)],
    [...repeats('clear', slower), ...repeats('noise', noisy)],
  )
  expect(titles(comparison)).toEqual(['Slower: clear'])
  const [change] = comparison.cases[0]!.changes
  expect(change).toMatchObject({ key: 'duration', by: 'intervals', n: [5, 5], verdict: 'worse' })
  const [a, b] = change!.intervals!
  expect(a.high).toBeLessThan(b.low)
})

test('a scenario that passes less often than before broke, and says how often', async () => {
  const some = (fails: number[]) =>
    [0, 1, 2].map((repeat) => one('flaky', { repeat, ...(fails.includes(repeat) ? failed : {}) }))
  const comparison = await compared(some([]), some([1, 2]))
  expect(sectionsOf(comparison)[0]!.entries[0]!.details).toEqual([
    '3 of 3 passed → 1 of 3',
    'said no',
  ])
})

test('cold results are compared with cold ones, or with none', async () => {
  const cold = { cold: true, duration: 9, metrics: { ttft: 5, wer: 0.1 } }
  const warm = { duration: 1, metrics: { ttft: 0.5, wer: 0.1 } }
  const slow = { cold: true, duration: 9, metrics: { ttft: 8, wer: 0.1 } }
  const comparison = await compared(
    [one('warm then cold', warm), one('both cold', cold)],
    [one('warm then cold', cold), one('both cold', slow)],
  )
  expect(titles(comparison)).toEqual(['Slower: both cold'])
})

test('error rates of repeats and of loadouts are pooled from their counts', async () => {
  const heard = (name: string, counts: number[], wer: number) =>
    storyResult(STT, name, { metrics: { wer, wer_counts: counts } })
  // Ten words with one mistake, a hundred with none: 1 of 110, not 5 %.
  const before = [heard('short', [0, 0, 0, 10], 0), heard('long', [0, 0, 0, 100], 0)]
  const after = [heard('short', [1, 0, 0, 9], 0.1), heard('long', [0, 0, 0, 100], 0)]
  const comparison = await compared(before, after)
  expect(titles(comparison)).toEqual(['Less accurate: short'])
  const wer = comparison.loadouts[0]!.changes.find(({ key }) => key === 'wer')
  expect(wer).toMatchObject({ a: 0, b: 1 / 110, relative: null, verdict: 'same' })
})

test('a loadout is slower by the typical ratio over its scenarios, each compared with itself', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const before = names.map((name, index) => one(name, { duration: 2 ** index }))
  const after = names.map((name, index) => one(name, { duration: 2 ** index * 1.2 }))
  const comparison = await compared(before, after)
  const change = comparison.loadouts[0]!.changes.find(({ key }) => key === 'duration')
  expect(change).toMatchObject({ by: 'pairs', verdict: 'worse' })
  expect(change!.relative).toBeCloseTo(0.2)
})

test('memory and setup of a loadout are told, and what is different on the machine comes first', async () => {
  const logs = temporaryFolder()
  const first = await completeSession(logs)
  const second = await completeSession(logs, { driver: '600.10', engines: { ollama: '0.15.0' } })
  const comparison = compare(await readSide(first), await readSide(second))
  expect(comparison.differences).toEqual([
    { what: 'driver', a: '590.44', b: '600.10' },
    { what: 'ollama', a: '0.14.2', b: '0.15.0' },
  ])
  const [loadout] = comparison.loadouts
  const keys = loadout!.changes.map(({ key }) => key)
  expect(keys).toEqual(expect.arrayContaining(['vram_loaded', 'vram_peak', 'setup_time']))
  expect(isWorse(comparison)).toBe(false)
})

test('more memory of a scenario is said', async () => {
  const comparison = await compared([one('big', { vram_peak: 4 })], [one('big', { vram_peak: 6 })])
  expect(sectionsOf(comparison)[0]).toMatchObject({
    title: 'More VRAM',
    entries: [{ details: ['VRAM peak 4 GB → 6 GB (+50 %)'] }],
  })
})

test('a run that was cut off lost nothing, it has not run it', async () => {
  const logs = temporaryFolder()
  const [whole, cut] = [await completeSession(logs), await killedSession(logs, 0.4)]
  const comparison = compare(await readSide(whole), await readSide(cut))
  expect(comparison.b.judgement.verdict).not.toBe('whole')
  expect(titles(comparison).join('\n')).toMatch(/^Not run in B: /m)
  expect(comparison.outcomes.broke).toBe(0)
})

test('directories that hold nothing but results are compared as well', async () => {
  const logs = temporaryFolder()
  const [bare, whole] = [await resultsOnlySession(logs), await completeSession(logs)]
  const comparison = compare(await readSide(bare), await readSide(whole))
  expect(comparison.cases.every(({ outcome }) => outcome === 'failing')).toBe(true)
  const foreign = await readSide(foreignSession(logs))
  expect(compare(foreign, await readSide(whole)).outcomes.gone).toBeGreaterThan(0)
})

test('the page holds the texts of models as text, and a policy that lets nothing run or load', async () => {
  const results = hostileResults()
  const broken = results.map((result) => ({ ...result, ...failed, errors: result.errors }))
  const passed = results.map((result) => ({ ...result, status: 'PASSED' as const, errors: [] }))
  const page = comparisonPage(await compared(passed, broken))
  expect(page).toMatch(
    /content="default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'"/,
  )
  const tags = new Set([...page.matchAll(/<\/?([a-z!][a-z0-9]*)/gi)].map(([, name]) => name))
  expect(tags).not.toContain('script')
  expect(tags).not.toContain('img')
  expect(page).not.toMatch(/<[^>]*\son\w+=/i)
  // oxlint-disable-next-line no-control-regex -- exactly these are looked for
  expect(page).not.toMatch(/[\u0000-\u0008\u001b\u202e]/)
})
