import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { trendLines } from '../../cli/history/trend-lines.ts'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { resultsSession } from '../../../test/support/session-directories.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import type { ScenarioResult } from '../../events/index.ts'
import { readTrend } from './trend.ts'

const LLM = STORY_LOADOUTS[0]!

/** The trend of a number over nights of one scenario each. */
async function trendOf(nights: readonly Partial<ScenarioResult>[]) {
  const logs = temporaryFolder()
  const runs: string[] = []
  for (const [day, changes] of nights.entries()) {
    const results = [storyResult(LLM, 'a', { metrics: { ttft: 1 }, ...changes })]
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as they are named by their start
    runs.push(await resultsSession(logs, results, { start: new Date(2026, 1, day + 1) }))
  }
  const trend = await readTrend(runs, { metric: 'ttft' })
  return { trend, names: runs.map((run) => basename(run)) }
}

test('runs whose requests went without a parameter, or whose numbers are in doubt, stand in a trend and are named', async () => {
  const { trend, names } = await trendOf([
    {},
    { dropped_parameters: ['temperature'] },
    { flags: ['throttled', 'shared_reads'] },
  ])
  expect(trend.series[0]?.points).toHaveLength(3)
  expect(trend.remarks).toEqual([
    {
      session: names[1],
      text: 'llm ollama://qwen2.5:0.5b asked without temperature in 1 of 1 result',
    },
    // Chunks that share a read say nothing of the first one.
    { session: names[2], text: 'in doubt: throttled in 1' },
  ])
  const lines = trendLines(trend, { columns: 120, colors: false, env: {} })
  expect(lines).toContain('Of 2 runs the numbers are no match for those of others:')
  expect(lines).toContain(`  ${names[2]}: in doubt: throttled in 1`)
})

test('what all runs went without makes none of them unlike the others', async () => {
  const without = { dropped_parameters: ['seed'] }
  const { trend } = await trendOf([without, without])
  expect(trend.remarks).toEqual([])
})
