import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ScenarioResult } from '../../events/index.ts'
import { completeSession, killedSession } from '../../../test/support/session-directories.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { parseGateList } from '../../plan/gates.ts'
import { parsePlan } from '../../plan/index.ts'
import { judgeGates } from './judge.ts'
import type { JudgeOptions } from './verdict.ts'

const [LLM, STREAM] = [STORY_LOADOUTS[0]!, STORY_LOADOUTS[1]!]
const STT = STORY_LOADOUTS[3]!
const failed: Partial<ScenarioResult> = { status: 'FAILED', errors: [{ message: 'said no' }] }

/** A directory with nothing but results. */
function sessionOf(results: ScenarioResult[]): string {
  const directory = temporaryFolder()
  for (const [domain, own] of Map.groupBy(results, (result) => result.domain)) {
    writeFileSync(join(directory, `${domain}.json`), JSON.stringify(own))
  }
  return directory
}

/** Results without a journal are taken for all of a run only where somebody says so. */
function resultsAlone(directory: string): { isComplete?: true } {
  return existsSync(join(directory, 'events.jsonl')) ? {} : { isComplete: true }
}

async function judged(
  directory: string,
  list: string,
  options: Partial<JudgeOptions> = {},
): Promise<string[]> {
  const gates = parseGateList(list, 'X')
  const findBaseline = (): Promise<null> => Promise.resolve(null)
  const verdicts = await judgeGates(directory, gates, {
    findBaseline,
    ...resultsAlone(directory),
    ...options,
  })
  return verdicts.map(({ gate, status, message }) => `${gate} ${status}: ${message}`)
}

test('failures are what neither passed nor was skipped, and are no part of the pass rate', async () => {
  const directory = sessionOf([
    storyResult(LLM, 'a'),
    storyResult(LLM, 'b', failed),
    storyResult(LLM, 'c', { status: 'MISSING' }),
    storyResult(LLM, 'd', { status: 'SKIPPED' }),
    storyResult(LLM, 'e'),
  ])
  const list = 'max_failures=2,max_failures=1,min_pass_rate=0.5,min_pass_rate=60 %'
  expect(await judged(directory, list)).toEqual([
    'max_failures held: 2 results not passed, at most 2',
    'max_failures broken: 2 results not passed, more than 1',
    'min_pass_rate held: 2 of 4 passed, 50 %, at least 50 %',
    'min_pass_rate broken: 2 of 4 passed, 50 %, less than 60 %',
  ])
})

test('how fast replies come is judged by the median of each scenario, and the worst one is named', async () => {
  const result = (loadout: typeof LLM, name: string, tps: number, repeat = 0) =>
    storyResult(loadout, name, { repeat, metrics: { tps } })
  const directory = sessionOf([
    result(LLM, 'a', 100),
    result(LLM, 'b', 120),
    ...[45, 40, 5].map((tps, repeat) => result(STREAM, 'a', tps, repeat)),
    // Nobody asks how fast a failure was.
    storyResult(STREAM, 'b', { ...failed, metrics: { tps: 1 } }),
  ])
  const slow = 'llm ollama://qwen2.5:0.5b#stream, a: 40/s (median of 3)'
  expect(await judged(directory, 'min_tps=30,min_tps=50,min_tps=115')).toEqual([
    `min_tps held: ${slow}, at least 30/s; 1 scenario never passed and has none`,
    `min_tps broken: ${slow}, less than 50/s`,
    `min_tps broken: ${slow}, less than 115/s (and 1 more scenario)`,
  ])
  const onlyFailed = sessionOf([storyResult(LLM, 'b', { ...failed, metrics: { tps: 9 } })])
  expect(await judged(onlyFailed, 'min_tps=1')).toEqual([
    'min_tps not_judged: no result of this run that passed has tps',
  ])
})

test('another scenario changes nothing about those that were there', async () => {
  const scenario = (name: string, tps: number) => storyResult(LLM, name, { metrics: { tps } })
  const before = await judged(sessionOf([scenario('a', 40)]), 'min_tps=50')
  const after = await judged(sessionOf([scenario('a', 40), scenario('b', 400)]), 'min_tps=50')
  expect(after).toEqual(before)
})

test('a number that is in doubt, or of a request that the server took only in part, says so', async () => {
  const metrics = { ttft: 2 }
  const late = storyResult(LLM, 'a', { flags: ['event_loop_lag'], metrics })
  const other = storyResult(STREAM, 'a', { dropped_parameters: ['seed'], metrics: { ttft: 1 } })
  expect(await judged(sessionOf([late, other]), 'max_ttft=1.5')).toEqual([
    'max_ttft broken: llm ollama://qwen2.5:0.5b, a: 2 s (in doubt: event_loop_lag), more than 1.5 s',
  ])
  expect(await judged(sessionOf([other]), 'max_ttft=1.5')).toEqual([
    'max_ttft held: llm ollama://qwen2.5:0.5b#stream, a: 1 s (asked without seed), at most 1.5 s',
  ])
})

test('error rates are pooled from counts', async () => {
  const heard = (name: string, counts: number[], wer: number) =>
    storyResult(STT, name, { metrics: { wer, wer_counts: counts } })
  const directory = sessionOf([heard('short', [1, 0, 0, 1], 0.5), heard('long', [0, 0, 0, 98], 0)])
  expect(await judged(directory, 'max_wer=0.02')).toEqual([
    'max_wer held: stt native://whisper: 0.01, at most 0.02',
  ])
})

test('what the run does not tell is not judged, and a cold result only holds where it is within the limit', async () => {
  const cold = storyResult(LLM, 'a', { cold: true, metrics: { ttft: 1 } })
  const directory = sessionOf([cold])
  expect(await judged(directory, 'max_wer=1,max_ttft=2,max_ttft=0.5')).toEqual([
    'max_wer not_judged: no result of this run has wer',
    'max_ttft held: llm ollama://qwen2.5:0.5b, a: 1 s, at most 2 s',
    'max_ttft not_judged: llm ollama://qwen2.5:0.5b, a: 1 s, but only the first result after a load has it, which does not count',
  ])
  const warm = storyResult(LLM, 'b', { metrics: { ttft: 0.25 } })
  expect(await judged(sessionOf([cold, warm]), 'max_ttft=0.5')).toEqual([
    'max_ttft held: llm ollama://qwen2.5:0.5b, b: 0.25 s, at most 0.5 s',
  ])
  const plan = parsePlan(
    'name: x\ngates: [{ domain: tts, max_failures: 0 }, { loadout: "ollama://*", max_failures: 0 }]\n' +
      'execution: [{ domain: llm, loadouts: [sim://a] }]',
    'x.yaml',
  )
  const findBaseline = (): Promise<null> => Promise.resolve(null)
  const verdicts = await judgeGates(directory, plan.gates, { findBaseline, isComplete: true })
  expect(verdicts.map(({ status, scope }) => [status, scope])).toEqual([
    ['not_judged', { domain: 'tts', loadout: null }],
    ['held', { domain: null, loadout: 'ollama://*' }],
  ])
})

test('what holds so far is not judged where the run was cut off, what is broken stays so', async () => {
  const logs = temporaryFolder()
  const cut = await killedSession(logs, 0.5)
  const [failures, more] = await judged(cut, 'max_failures=0,max_failures=99')
  expect(failures).toMatch(/^max_failures broken: \d+ results not passed, more than 0$/)
  expect(more).toMatch(/^max_failures not_judged: .* but not all of the run is there$/)
  // Facts of a loadout as a whole.
  const whole = await completeSession(logs)
  expect(await judged(whole, 'max_setup_time=3,max_vram_loaded=4')).toEqual([
    expect.stringMatching(/^max_setup_time broken: .*: 3\.1 s, more than 3 s/),
    expect.stringMatching(/^max_vram_loaded held: .*: 3\.5 GB, at most 4 GB/),
  ])
})

test('a baseline that is not there, is this run, or is not known to be whole is not held', async () => {
  const now = sessionOf([storyResult(LLM, 'a')])
  const before = sessionOf([storyResult(LLM, 'a')])
  const findBaseline = (named: string): Promise<string | null> =>
    Promise.resolve({ default: before, now }[named] ?? null)
  const list = 'no_slower_than=baseline 10 %,no_slower_than=now,no_slower_than=v2'
  const name = before.split(/[\\/]/).at(-1)
  const verdicts = await judged(now, list, { findBaseline })
  expect(verdicts).toEqual([
    expect.stringMatching(
      `^no_slower_than cannot_tell: ${name} cannot be held beside this run: not a run of a whole plan; it passes`,
    ),
    'no_slower_than held: this run is the baseline itself',
    'no_slower_than not_judged: there is no baseline or session v2; make one: jarvis baseline set v2',
  ])
})
