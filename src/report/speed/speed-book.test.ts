import { expect, test } from 'vitest'
import type { ScenarioResult } from '../../events/index.ts'
import { type StoryLoadout, storyResult } from '../../../test/support/story-results.ts'
import { FAST, fastAndSlow, reply, SLOW } from '../../../test/support/fast-and-slow.ts'
import { SpeedBook } from './speed-book.ts'
import { certaintyText, rankingSentences, ratioText } from './text.ts'
import type { SpeedRanking } from './types.ts'

const THIRD: StoryLoadout = { domain: 'llm', loadout: 'third', models: ['sim://third'] }

test('the loadout that is faster in each scenario ranks first, though it failed a long reply', () => {
  const [throughput, latency] = rankingsOf(fastAndSlow())
  expect(throughput).toMatchObject({ metric: 'tps', title: 'Output tok/s [×]', n: 3, scenarios: 4 })
  expect(shown(throughput)).toEqual(['sim://fast 1.00 × n 3', 'sim://slow 0.82 × 0.79–0.84, n 3'])
  expect(shown(latency)).toEqual(['sim://fast 1.00 × n 3', 'sim://slow 1.20 × 1.20–1.20, n 3'])
  expect(rankingSentences(throughput!)).toEqual([
    'llm, Output tok/s [×]: ratio to the fastest, over 3 of 4 scenarios, those that passed on both loadouts ' +
      '(the fewest on sim://fast: 3); higher is better.',
  ])
})

test('a scenario more, short or long, changes no verdict', () => {
  const before = rankingsOf(fastAndSlow())[0]!
  for (const tokens of [1, 2, 5, 400]) {
    const added = [FAST, SLOW].map((loadout) => reply(loadout, `another > of ${tokens}`, tokens))
    const after = rankingsOf([...fastAndSlow(), ...added])[0]!
    expect(after.ranks.map(({ title }) => title)).toEqual(before.ranks.map(({ title }) => title))
    expect(after.n).toBe(4)
    expect(after.ranks[1]?.ratio).toBeCloseTo(before.ranks[1]!.ratio, 1)
  }
})

test('a loadout on which nothing passed is not ranked, is named, and leaves the others what they have in common', () => {
  const failed = fastAndSlow()
    .filter(({ models }) => models[0] === 'sim://slow')
    .map(({ name }) => storyResult(THIRD, name, { status: 'FAILED', metrics: { tps: 900 } }))
  const [throughput] = rankingsOf([...fastAndSlow(), ...failed])
  expect(throughput?.ranks).toEqual(rankingsOf(fastAndSlow())[0]?.ranks)
  expect(rankingSentences(throughput!)).toContain(
    'llm, Output tok/s [×]: without sim://third, as no scenario of it passed.',
  )
})

test('a loadout whose model did not lie on the GPU is left out beside those that did, and it is said', () => {
  const flags = ['cpu_offload']
  const spilled = fastAndSlow()
    .filter(({ models }) => models[0] === 'sim://slow')
    .map(({ name }) => storyResult(THIRD, name, { flags, metrics: { tps: 0.9, ttft: 9 } }))
  const [throughput] = rankingsOf([...fastAndSlow(), ...spilled])
  expect(throughput?.ranks).toEqual(rankingsOf(fastAndSlow())[0]?.ranks)
  expect(rankingSentences(throughput!)).toContain(
    'llm, Output tok/s [×]: without sim://third, as its model did not lie on the GPU as a whole (cpu_offload).',
  )
  // Where it is so of all of them, they are ranked.
  const all = [...fastAndSlow(), ...spilled].map((result) => ({ ...result, flags }))
  expect(rankingsOf(all)[0]?.ranks.map(({ title }) => title)).toContain('sim://third')
})

test('loadouts that have no passed scenario in common have no rank, and it is said why', () => {
  const apart = [reply(FAST, 'a > one', 5), reply(SLOW, 'b > other', 5)]
  const [throughput] = rankingsOf(apart)
  expect(throughput?.ranks).toEqual([])
  expect(rankingSentences(throughput!)).toEqual([
    'llm, Output tok/s [×]: unknown, as no scenario passed on both loadouts with numbers that can be compared ' +
      '(the fewest on sim://fast: 1).',
  ])
})

test('one loadout alone has no rank, and tells from which to which scenario it goes', () => {
  const [throughput] = rankingsOf([reply(FAST, 'a > one', 5), reply(FAST, 'b > other', 60)])
  expect(throughput?.why).toBe('one loadout is alone, and a rank takes two')
  expect(rankingSentences(throughput!)).toEqual([
    'llm, Output tok/s: 33.3/s (a > one) to 85.7/s (b > other) in 2 scenarios; no rank, as sim://fast is alone.',
  ])
})

test('of repeats the median counts, and a scenario of which one failed counts for nobody', () => {
  const repeats = (loadout: StoryLoadout, all: number[]): ScenarioResult[] =>
    all.map((tps, repeat) => storyResult(loadout, 'a > repeated', { repeat, metrics: { tps } }))
  const [plain] = rankingsOf([...repeats(FAST, [90, 100, 10]), ...repeats(SLOW, [45, 44, 80])])
  expect(plain?.ranks.map(({ ratio }) => ratio)).toEqual([1, expect.closeTo(0.5, 9)])
  const flaky = storyResult(SLOW, 'a > repeated', { repeat: 3, status: 'FAILED', metrics: {} })
  expect(rankingsOf([...repeats(FAST, [90]), ...repeats(SLOW, [45]), flaky])[0]?.ranks).toEqual([])
})

test('a cold reply has no say in TTFT, and is otherwise compared with a cold one only', () => {
  const cold = (loadout: StoryLoadout, tps: number, isCold: boolean): ScenarioResult =>
    storyResult(loadout, 'a > first', { cold: isCold, metrics: { tps, ttft: 1 / tps } })
  const warm = [reply(FAST, 'b > second', 60), reply(SLOW, 'b > second', 60)]
  const [both, latency] = rankingsOf([cold(FAST, 1, true), cold(SLOW, 2, true), ...warm])
  expect([both?.n, latency?.n]).toEqual([2, 1])
  expect(rankingsOf([cold(FAST, 1, true), cold(SLOW, 2, false), ...warm])[0]?.n).toBe(1)
})

test('each domain is ranked by its own number: speech by its factor and the wait for the first sound', () => {
  const voices = ['one', 'two'].map((name): StoryLoadout => {
    return { domain: 'tts', loadout: name, models: [`native://${name}`] }
  })
  const spoken = voices.flatMap((voice, at) =>
    ['a', 'b'].map((name, other) =>
      storyResult(voice, name, {
        metrics: { rtfx: (at + 1) * 8 * (other + 1), ttfa: 0.2 * (at + 1) },
      }),
    ),
  )
  const rankings = rankingsOf(spoken)
  expect(rankings.map(({ metric, better }) => [metric, better])).toEqual([
    ['rtfx', 'higher'],
    ['ttfa', 'lower'],
  ])
  expect(rankings.map(shown)).toEqual([
    ['native://two 1.00 × n 2', 'native://one 0.50 × 0.50–0.50, n 2'],
    ['native://one 1.00 × n 2', 'native://two 2.00 × 2.00–2.00, n 2'],
  ])
})

test('where no loadout counts tokens, the time of a reply stands for its speed', () => {
  const timed = [FAST, SLOW].map((loadout, at) =>
    storyResult(loadout, 'a > timed', { duration: at + 2, metrics: {} }),
  )
  expect(rankingsOf(timed).map(({ metric, ranks }) => [metric, ranks[1]?.ratio])).toEqual([
    ['duration', expect.closeTo(1.5, 9)],
  ])
})

test('a ratio is told with digits that say something', () => {
  expect([1, 0.8149, 0.0345, 12.345, 123.4].map(ratioText)).toEqual([
    '1.00 ×',
    '0.81 ×',
    '0.035 ×',
    '12.3 ×',
    '123 ×',
  ])
})

test('results that are in doubt, or were asked for without a parameter, are ranked and said so', () => {
  const results = fastAndSlow().map((one, at): ScenarioResult => {
    if (one.models[0] !== 'sim://slow') return one
    if (at % 2 === 0) return { ...one, flags: ['event_loop_lag', 'of_the_author'] }
    return { ...one, dropped_parameters: ['temperature'] }
  })
  const [throughput] = rankingsOf(results)
  const [remark] = throughput!.remarks
  expect(remark).toMatchObject({ title: 'sim://slow', results: 3 })
  const { doubts, without } = remark!
  expect(doubts['event_loop_lag']! + without['temperature']!).toBe(3)
  expect(shown(throughput).at(-1)).toMatch(/^sim:\/\/slow 0\.82 × .*, n 3, in doubt$/)
  const late = doubts['event_loop_lag']
  expect(rankingSentences(throughput!).slice(-2)).toEqual([
    `llm, Output tok/s [×]: in doubt on sim://slow: event_loop_lag in ${late} of 3 results.`,
    `llm, Output tok/s [×]: sim://slow was asked without temperature in ${3 - late!} of 3 results.`,
  ])
})

function rankingsOf(results: readonly ScenarioResult[]): SpeedRanking[] {
  const book = new SpeedBook()
  for (const result of results) book.add(result)
  return book.rankings()
}

function shown(ranking: SpeedRanking | undefined): string[] {
  const { ranks = [], n = 0 } = ranking ?? {}
  return ranks.map((one) => `${one.title} ${ratioText(one.ratio)} ${certaintyText(one, n)}`)
}

test('of more scenarios than anybody has the first ones are looked at, and that is said', () => {
  const names = Array.from({ length: 8_000 }, (_, number) => `many > ${number}`)
  const rankings = rankingsOf(
    [FAST, SLOW].flatMap((loadout) => names.map((name) => reply(loadout, name, 5))),
  )
  expect(rankings[0]).toMatchObject({ n: 5_000, scenarios: 5_000, isCut: true })
  expect(rankingSentences(rankings[0]!)[0]).toContain('over 5000 of the first 5000 scenarios')
})

test('a loadout whose scenarios all come later makes no other one alone', () => {
  const names = Array.from({ length: 5_010 }, (_, number) => `many > ${number}`)
  const rankings = rankingsOf([
    ...names.map((name) => reply(FAST, name, 5)),
    ...names.map((name) => reply(SLOW, `other ${name}`, 5)),
  ])
  expect(rankingSentences(rankings[0]!)[0]).toMatch(
    /; no rank, as of the first 5000 scenarios none ran on another loadout than \S+\.$/,
  )
})
