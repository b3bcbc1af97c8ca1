import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import {
  killedSession,
  resultsOnlySession,
  resultsSession,
} from '../../../test/support/session-directories.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import { sparkline } from './sparkline.ts'
import { readTrend } from './trend.ts'

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
  const trend = await readTrend(all, { metric: 'tps', onSession: (name) => read.push(name) })
  expect(read).toEqual(all.map((directory) => basename(directory)))
  expect(trend.left_out.map(({ session }) => session)).toEqual(
    [part, cut, bare].map((d) => basename(d)),
  )
  expect(trend.series).toEqual([
    {
      domain: 'llm',
      loadout: 'ollama://qwen2.5:0.5b',
      scenario: null,
      points: runs.map((directory, index) => ({
        session: basename(directory),
        startedAt: expect.stringContaining(`2026-02-0${index + 1}T`),
        value: 100 - index * 10,
        n: 2,
      })),
    },
  ])
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
  expect(sparkline([0, 7], true)).toBe('_@')
  expect(sparkline([])).toBe('')
})
