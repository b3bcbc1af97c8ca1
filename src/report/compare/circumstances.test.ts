import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ScenarioResult } from '../../events/index.ts'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { simulatedNights } from '../../../test/support/simulated-nights.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import { type Night, readNight, verdictsOf } from '../nights/index.ts'
import { readSide, type Side } from './cases.ts'
import { compare } from './compare.ts'

const LLM = STORY_LOADOUTS[0]!

function sessionOf(results: readonly ScenarioResult[]): string {
  const directory = temporaryFolder()
  writeFileSync(join(directory, 'llm.json'), JSON.stringify(results))
  return directory
}

function sideOf(...changes: Partial<ScenarioResult>[]): Promise<Side> {
  return readSide(sessionOf(changes.map((one, at) => storyResult(LLM, `scenario ${at}`, one))))
}

/** As the session tells of its machine. */
function on(side: Side, id: string, name: string): Side {
  return { ...side, report: { ...side.report, machine: { id, name } } }
}

test('results that were asked for without a parameter are not compared without saying so', async () => {
  const without = { dropped_parameters: ['temperature', 'seed'] }
  const a = await sideOf({}, {}, {})
  const b = await sideOf(without, { dropped_parameters: ['seed'] }, {})
  expect(compare(a, b).differences).toEqual([
    {
      what: 'llm ollama://qwen2.5:0.5b asked without',
      a: 'nothing',
      b: 'temperature in 1, seed in 2 of 3 results',
    },
  ])
  // What went without the same in both is a match.
  expect(compare(b, await sideOf(without)).differences).toEqual([])
})

test('sessions of other hosts are not compared without saying so, also where two hosts have one name', async () => {
  const side = await sideOf({})
  expect(compare(on(side, '1', 'box'), on(side, '2', 'attic')).differences).toEqual([
    { what: 'host', a: 'box', b: 'attic' },
  ])
  expect(compare(on(side, 'aaaaaaaaaa', 'box'), on(side, 'bbbbbbbbbb', 'box')).differences).toEqual(
    [{ what: 'host', a: 'box (aaaaaaaa)', b: 'box (bbbbbbbb)' }],
  )
  expect(compare(on(side, '1', 'box'), on(side, '1', 'renamed')).differences).toEqual([])
})

test('memory that a loadout has left behind is told of that loadout', async () => {
  const side = await sideOf({})
  const leak = '4.00 GB did not come back: node (pid 7, 4.00 GB)'
  const loadouts = side.report.loadouts.map((one) => ({ ...one, leak }))
  const leaking = { ...side, report: { ...side.report, loadouts } }
  const what = 'VRAM after llm ollama://qwen2.5:0.5b'
  expect(compare(side, leaking).differences).toEqual([{ what, a: 'came back', b: leak }])
  expect(compare(leaking, side).differences).toEqual([{ what, a: leak, b: 'came back' }])
  expect(compare(side, side).differences).toEqual([])
})

test('numbers that are in doubt are not compared without saying so', async () => {
  const [quiet, late] = [await sideOf({}), await sideOf({ flags: ['throttled'] })]
  expect(compare(quiet, late).differences).toEqual([
    { what: 'in doubt', a: 'nothing', b: 'throttled in 1 of 1 result' },
  ])
})

test('nights on which a parameter was left out are of another kind, and a verdict says what came with the change', async () => {
  const result = storyResult(LLM, 'a', { dropped_parameters: ['seed'] })
  expect((await readNight(sessionOf([result]))).loadouts[0]?.without ?? null).toBe('seed')
  const step = { at: 14, size: 0.5 }
  const nights = simulatedNights({ seed: 3, nights: 15, repeats: 1, step }) as [Night, ...Night[]]
  const last = nights.pop()!
  const loadouts = last.loadouts.map((one) => ({ ...one, without: 'seed' }))
  const { verdicts } = verdictsOf({ ...last, loadouts }, nights)
  const [latency] = verdicts.filter(
    ({ aspect, state }) => aspect === 'latency' && state === 'changed',
  )
  expect(latency?.sentence).toContain('and since then: left out of requests nothing → seed')
})
