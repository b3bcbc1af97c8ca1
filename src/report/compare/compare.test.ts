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
import type { Night } from '../nights/index.ts'
import { readNight, verdictsOf } from '../nights/index.ts'
import { standingsOf } from '../nights/standing.ts'
import { readSide, type Side } from './cases.ts'
import { compare } from './compare.ts'
import { comparisonPage } from './html.ts'
import { countsLine, isWorse, loadoutText, sectionsOf } from './sections.ts'

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

/** A side as a whole night of one host and plan. */
async function nightOf({ report }: Side, at: number): Promise<Night> {
  const night = await readNight(report.directory)
  const session = `RUN_${at}`
  return { ...night, session, kind: 'plan', verdict: 'whole', host: { id: 'box', name: 'box' } }
}

/** The same scenario so many times, each with another duration. */
function repeats(name: string, durations: number[], metrics: ScenarioResult['metrics'] = {}) {
  return durations.map((duration, repeat) => one(name, { repeat, duration, metrics }))
}

async function sideOf(results: ScenarioResult[]): Promise<Side> {
  const directory = temporaryFolder()
  for (const [domain, own] of Map.groupBy(results, (result) => result.domain)) {
    writeFileSync(join(directory, `${domain}.json`), JSON.stringify(own))
  }
  return readSide(directory)
}

async function compared(before: ScenarioResult[], after: ScenarioResult[]) {
  const [left, right] = await Promise.all([sideOf(before), sideOf(after)])
  return compare(left, right)
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
    '1 broke, 1 new and failing, 1 still failing, 1 fixed, 2 new, 1 gone, 1 passing as before',
  )
  expect(comparison.cases.find(({ outcome }) => outcome === 'broke')).toMatchObject({
    a: { passed: 1, n: 1 },
    b: { passed: 0, n: 1 },
    message: 'said no',
  })
  expect(isWorse(comparison)).toBe(true)
})

test('two sessions alone cannot tell a change from noise: their numbers are told, and nothing is worse', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const before = names.map((name, index) => one(name, { duration: 2 ** index }))
  const after = names.map((name, index) => one(name, { duration: 2 ** index * 1.2 }))
  const comparison = await compared(before, after)
  expect(titles(comparison)).toEqual([])
  expect(isWorse(comparison)).toBe(false)
  const change = comparison.loadouts[0]!.changes.find(({ key }) => key === 'duration')!
  expect(loadoutText(change)).toBe('Duration +20 % (95 % +20 % to +20 %, n 6)')
})

test('speed is compared by the medians of scenarios over those that passed in both', async () => {
  const before = [...repeats('short', [1, 1, 9]), one('long', { duration: 60 })]
  const after = [...repeats('short', [2, 2, 2]), one('long', { ...failed, duration: 1 })]
  const comparison = await compared(before, after)
  const change = comparison.loadouts[0]!.changes.find(({ key }) => key === 'duration')
  expect(change).toMatchObject({ a: 1, b: 2, relative: 1, n: [1, 1], interval: null })
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
  const change = comparison.loadouts[0]!.changes.find(({ key }) => key === 'ttft')
  expect(change).toMatchObject({ a: 5, b: 8, n: [1, 1] })
})

test('error rates of repeats and of loadouts are pooled from their counts', async () => {
  const heard = (name: string, counts: number[], wer: number) =>
    storyResult(STT, name, { metrics: { wer, wer_counts: counts } })
  // Ten words with one mistake, a hundred with none: 1 of 110, not 5 %.
  const before = [heard('short', [0, 0, 0, 10], 0), heard('long', [0, 0, 0, 100], 0)]
  const after = [heard('short', [1, 0, 0, 9], 0.1), heard('long', [0, 0, 0, 100], 0)]
  const comparison = await compared(before, after)
  const wer = comparison.loadouts[0]!.changes.find(({ key }) => key === 'wer')
  expect(wer).toMatchObject({ a: 0, b: 1 / 110, relative: null })
})

test('memory and setup of a loadout are told, and what is different on the machine comes first', async () => {
  const logs = temporaryFolder()
  const first = await completeSession(logs)
  const second = await completeSession(logs, { driver: '600.10', engines: { ollama: '0.15.0' } })
  const comparison = compare(await readSide(first), await readSide(second))
  expect(comparison.differences).toEqual([
    { what: 'driver', a: '590.44', b: '600.10' },
    { what: 'ollama', a: '0.14.2', b: '0.15.0' },
    { what: 'in doubt', a: 'cpu_offload in 2 of 16 results', b: 'cpu_offload in 2 of 16 results' },
  ])
  const [loadout] = comparison.loadouts
  const keys = loadout!.changes.map(({ key }) => key)
  expect(keys).toEqual(expect.arrayContaining(['vram_loaded', 'vram_peak', 'setup_time']))
  expect(isWorse(comparison)).toBe(false)
})

test('what the nights tell of a loadout stands by its aspect, with the scenarios that explain it', async () => {
  const names = ['a', 'b', 'c', 'd']
  const [before, after] = [1, 1.3].map((factor) =>
    names.map((name, at) => one(name, { duration: factor * 2 ** at, metrics: { e2el: factor } })),
  )
  const [left, right] = await Promise.all([sideOf(before!), sideOf(after!)])
  const all = await Promise.all([...Array.from({ length: 8 }, () => left), right].map(nightOf))
  const history = all.slice(0, -1)
  const tonight = { ...all.at(-1)!, session: right.report.name }
  const judged = verdictsOf(tonight, history)
  const nights = { ...judged, standings: standingsOf([...history, tonight]) }
  const comparison = compare(left, right, { nights })
  const [slower] = sectionsOf(comparison)
  expect(slower).toMatchObject({ title: 'Slower', entries: [{ name: 'E2E latency' }] })
  expect(slower!.entries[0]!.details).toEqual([
    expect.stringMatching(
      /^E2E latency \+30 % \(95 % \+2\d % to \+3\d %\), the newest night beside 8 before, since .+$/,
    ),
    expect.stringMatching(
      /^Student's t with moderated variance \d+\.\d at \d+ degrees, p .*±0\.5 %$/,
    ),
    ...Array.from({ length: 3 }, (): unknown =>
      expect.stringMatching(/^[a-d]: E2E latency .* \(\+30 %\)$/),
    ),
  ])
  expect(isWorse(comparison)).toBe(true)
  expect(comparison.nights).toHaveLength(8)
})

test('a scenario that fails now and then has not broken, and one that broke says since when', async () => {
  const night = (fails: readonly string[]) =>
    ['steady', 'whim', 'old'].map((name) => one(name, fails.includes(name) ? failed : {}))
  const story = [
    ['old'],
    ['old', 'whim'],
    ['old'],
    ['old'],
    ['old', 'steady'],
    ['old', 'steady', 'whim'],
  ]
  const sides = await Promise.all(story.map((fails) => sideOf(night(fails))))
  const nights = await Promise.all(sides.map(nightOf))
  const judged = {
    ...verdictsOf(nights.at(-1)!, nights.slice(0, -1)),
    standings: standingsOf(nights),
  }
  const comparison = compare(sides[3]!, sides.at(-1)!, { nights: judged })
  expect(titles(comparison)).toEqual([
    'Broke: steady',
    'Still failing: old',
    'Failing now and then: whim',
  ])
  const details = sectionsOf(comparison).flatMap(({ entries }) => entries.map((e) => e.details[0]))
  expect(details).toEqual([
    'fails since RUN_4, 2 of 6 nights; last passed in RUN_3',
    'fails since RUN_0, 6 of 6 nights; never passed on them',
    'fails since RUN_5, 2 of 6 nights; last passed in RUN_4',
  ])
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
