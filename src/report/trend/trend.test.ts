import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import {
  killedSession,
  resultsOnlySession,
  resultsSession,
} from '../../../test/support/session-directories.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import type { ScenarioResult } from '../../events/index.ts'
import { FAST, reply } from '../../../test/support/fast-and-slow.ts'
import { sparkline } from './sparkline.ts'
import { readTrend, type TrendOptions } from './trend.ts'
import type { Trend } from './types.ts'

const [LLM, STREAM] = [STORY_LOADOUTS[0]!, STORY_LOADOUTS[1]!]

test('a number is followed for each loadout, over whole runs of the plan alone', async () => {
  const logs = temporaryFolder()
  const runs: string[] = []
  for (const [day, tps] of [100, 90, 80].entries()) {
    const own = { metrics: { tps }, duration: 1 }
    const results = [storyResult(LLM, 'a', own), storyResult(LLM, 'b', own)]
    if (day > 0) results.push(storyResult(STREAM, 'a', { status: 'FAILED' }))
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as they are named by their start
    runs.push(await resultsSession(logs, results, { start: new Date(2026, 1, day + 1) }))
  }
  const part = await resultsSession(logs, [storyResult(LLM, 'a')], { kind: 'partial' })
  const [cut, bare] = [await killedSession(logs, 0.5), await resultsOnlySession(logs)]
  const all = [...runs, part, cut, bare]
  const read: string[] = []
  const trend = await readTrend(all, { metric: 'tps', onSession: ({ name }) => read.push(name) })
  expect(read).toEqual(all.map((directory) => basename(directory)))
  expect(trend.left_out.map(({ session }) => session)).toEqual(
    [part, cut, bare].map((d) => basename(d)),
  )
  expect(trend.series).toEqual([
    {
      domain: 'llm',
      loadout: 'ollama://qwen2.5:0.5b',
      scenario: null,
      measured: 'ratio',
      reference: { session: basename(runs[0]!), startedAt: expect.stringContaining('2026-02-01') },
      points: runs.map((directory, index) => ({
        session: basename(directory),
        startedAt: expect.stringContaining(`2026-02-0${index + 1}T`),
        value: expect.closeTo(1 - index / 10, 9),
        interval: [null, beside(0.9), beside(0.8)][index],
        n: 2,
        without: [],
      })),
    },
  ])
  expect(trend.silent).toEqual(['llm ollama://qwen2.5:0.5b#stream'])
  const rates = await readTrend(runs, { metric: 'pass_rate', loadout: '*#stream' })
  expect(rates.series.map(({ points }) => points.map(({ value }) => value))).toEqual([[0, 0]])
  const scenarios = await readTrend(runs, { metric: 'duration', scenario: 'a', domain: 'llm' })
  expect(scenarios.series.map(({ scenario, points }) => [scenario, points.length])).toEqual([
    ['a', 3],
  ])
})

test('a sparkline goes from the lowest to the highest value, with gaps', () => {
  expect(sparkline([1, 2, null, 8])).toBe('▁▂ █')
  expect(sparkline([3, 3])).toBe('▅▅')
  expect(sparkline([0, 7], { isAscii: true })).toBe('_@')
  expect(sparkline([])).toBe('')
})

test('a sparkline of pass rates stands on a scale from 0 to 100 %', () => {
  const scale = { low: 0, high: 1 }
  expect(sparkline([0.95, 1, 0.9, 0], { scale })).toBe('███▁')
  expect(sparkline([0.5, 2, -1], { scale })).toBe('▅█▁')
})

test('a scenario that is added, fails or is gone moves no other night', async () => {
  const nights = [
    [reply(FAST, 'a > short', 5), reply(FAST, 'a > long', 60)],
    [reply(FAST, 'a > short', 5), reply(FAST, 'a > long', 60), reply(FAST, 'b > new', 1)],
    [reply(FAST, 'a > short', 5), reply(FAST, 'a > long', 5, { status: 'FAILED' })],
    [reply(FAST, 'c > other', 5), reply(FAST, 'c > another', 5)],
  ]
  const { series } = await trendOf(nights, { metric: 'tps' })
  expect(series.map(({ reference }) => reference?.startedAt?.slice(0, 10))).toEqual(['2026-02-02'])
  expect(series[0]?.points.map(({ value, n, without }) => ({ value, n, without }))).toEqual([
    { value: 1, n: 2, without: ['b > new'] },
    { value: 1, n: 3, without: [] },
    { value: 1, n: 1, without: ['a > long', 'b > new'] },
    { value: null, n: 0, without: ['a > short', 'a > long', 'b > new'] },
  ])
})

test('a night that was slower throughout is slower by so much, with its interval', async () => {
  const lengths = [5, 20, 60]
  const nights = [1, 0.9].map((pace) =>
    lengths.map((tokens) => {
      const { metrics, ...rest } = reply(FAST, `a > of ${tokens}`, tokens)
      return { ...rest, metrics: { tps: Number(metrics['tps']) * pace * (1 + tokens / 10_000) } }
    }),
  )
  const { series } = await trendOf(nights, { metric: 'tps' })
  const { value, interval } = series[0]!.points[1]!
  expect(value).toBeCloseTo(0.9, 2)
  expect(interval!.low).toBeLessThan(value!)
  expect(interval!.high).toBeGreaterThan(value!)
})

test('an absolute number is that of one scenario, which a glob names with its group or without', async () => {
  const nights = [1, 2].map((seconds) =>
    ['one > maths > adds', 'one > maths > divides', 'other > adds'].flatMap((name) =>
      Array.from({ length: 6 }, (_, repeat) =>
        storyResult(LLM, name, { repeat, metrics: { ttft: seconds + repeat / 10 } }),
      ),
    ),
  )
  const namesOf = async (scenario: string): Promise<(string | null)[]> =>
    (await trendOf(nights, { metric: 'ttft', scenario })).series.map((one) => one.scenario)
  expect(await namesOf('maths > *')).toEqual(['one > maths > adds', 'one > maths > divides'])
  expect(await namesOf('one > maths > adds')).toEqual(['one > maths > adds'])
  expect(await namesOf('adds')).toEqual(['one > maths > adds', 'other > adds'])
  expect(await namesOf('other')).toEqual(['other > adds'])
  const { series } = await trendOf(nights, { metric: 'ttft', scenario: 'divides' })
  expect(series[0]).toMatchObject({
    measured: 'value',
    reference: null,
    points: [
      { value: expect.closeTo(1.25, 9), interval: { low: 1, high: 1.5 }, n: 6 },
      { value: expect.closeTo(2.25, 9), interval: { low: 2, high: 2.5 }, n: 6 },
    ],
  })
})

test('what is no matter of speed is of all results, with an interval over scenarios', async () => {
  const night = [0.8, 0.9, 1].flatMap((match, at) =>
    [0, 1].map((repeat) =>
      storyResult(LLM, `a > ${at}`, {
        repeat,
        status: match < 1 ? 'FAILED' : 'PASSED',
        metrics: { match, wer: 1 - match, wer_counts: [at, 0, 0, 10 - at] },
      }),
    ),
  )
  const [match, wer, rate] = await Promise.all(
    ['match', 'wer', 'pass_rate'].map(
      async (metric) => (await trendOf([night], { metric })).series,
    ),
  )
  expect(match?.[0]?.points[0]).toMatchObject({
    value: expect.closeTo(0.9, 9),
    // scipy.stats.ttest_1samp([0.8, 0.9, 1], 0).confidence_interval(), within what a likeness can be.
    interval: { low: expect.closeTo(0.651_586_2, 6), high: 1 },
    n: 6,
  })
  expect(wer?.[0]?.points[0]).toMatchObject({ value: expect.closeTo(0.1, 9), n: 6 })
  // scipy.stats.binomtest(2, 6).proportion_ci(method='wilson').
  expect(rate?.[0]?.points[0]).toMatchObject({
    value: expect.closeTo(1 / 3, 9),
    interval: { low: expect.closeTo(0.096_771, 5), high: expect.closeTo(0.700_007, 5) },
    n: 6,
  })
})

/** An interval of scenarios that all say the same. */
function beside(ratio: number): { low: unknown; high: unknown } {
  return { low: expect.closeTo(ratio, 9), high: expect.closeTo(ratio, 9) }
}

async function trendOf(
  nights: readonly (readonly ScenarioResult[])[],
  options: TrendOptions,
): Promise<Trend> {
  const logs = temporaryFolder()
  const directories: string[] = []
  for (const [day, results] of nights.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as they are named by their start
    directories.push(await resultsSession(logs, results, { start: new Date(2026, 1, day + 1) }))
  }
  return readTrend(directories, options)
}
