import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { ended, sessionOptions, temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import type { ScenarioResult } from '../../events/index.ts'
import { openSession } from '../index.ts'
import { readPastRuns } from './past-runs.ts'

const LOADOUT = { domain: 'llm', loadout: 'sim-a', models: ['sim://a'] } as const
const WANTED = new Set(['llm|sim-a'])
const FILE = 'scenarios/llm/chat.scenario.ts'
const NEXT = 'RUN_20270101_000000'

/** A run of the whole plan, or a part of it, with these results by number. */
async function runOf(
  logs: string,
  results: Record<number, Partial<ScenarioResult>>,
  { kind = 'plan', setup = 3 }: { kind?: 'plan' | 'partial'; setup?: number } = {},
): Promise<string> {
  const session = await openSession({ ...sessionOptions(logs), kind })
  const memory = { vram_prior: null, vram_loaded: null, vram_after: null }
  session.record({
    type: 'loadout_ready',
    ...LOADOUT,
    ...memory,
    models: ['sim://a'],
    setup_time: setup,
  })
  for (const [number, changes] of Object.entries(results)) {
    session.record(ended(Number(number), changes))
  }
  const times = { run_time: 9, cleanup_time: 0.5 }
  session.record({ type: 'loadout_stopped', ...LOADOUT, ...memory, models: ['sim://a'], ...times })
  await session.close({ status: 'PASSED' })
  return session.directory
}

const idOf = (number: number): string => `llm|sim://a|chat|t${number}|0`

test('the newest run that knows a scenario tells how long it takes', async () => {
  const logs = temporaryFolder()
  await runOf(logs, { 1: { duration: 9 }, 2: { duration: 2 } })
  await runOf(logs, { 1: { duration: 1 } }, { setup: 4 })
  const past = await readPastRuns(logs, NEXT, WANTED)
  expect(Object.fromEntries(past.scenarios)).toEqual({
    [idOf(1)]: { loadout: 'llm|sim-a', file: FILE, duration: 1 },
    [idOf(2)]: { loadout: 'llm|sim-a', file: FILE, duration: 2 },
  })
  expect(Object.fromEntries(past.loadouts)).toEqual({
    'llm|sim-a': { setup: 4, run: 9, cleanup: 0.5 },
  })
})

test('what was interrupted or missing tells nothing, and what is skipped takes no time', async () => {
  const logs = temporaryFolder()
  await runOf(logs, {
    1: { status: 'INTERRUPTED', duration: 5 },
    2: { status: 'MISSING', duration: null },
    3: { status: 'SKIPPED', duration: null },
    4: { status: 'FAILED', duration: 2 },
  })
  const past = await readPastRuns(logs, NEXT, WANTED)
  expect([...past.scenarios].map(([id, { duration }]) => [id, duration])).toEqual([
    [idOf(3), 0],
    [idOf(4), 2],
  ])
})

test('parts of plans, other loadouts and the run itself are left out', async () => {
  const logs = temporaryFolder()
  await runOf(logs, { 1: {} }, { kind: 'partial' })
  const own = await runOf(logs, { 2: {} })
  expect((await readPastRuns(logs, basename(own), WANTED)).scenarios.size).toBe(0)
  expect((await readPastRuns(logs, NEXT, new Set(['llm|other']))).scenarios.size).toBe(0)
  expect((await readPastRuns(logs, NEXT, WANTED)).scenarios.size).toBe(1)
})

test('a folder that is not there has no past', async () => {
  const past = await readPastRuns(join(temporaryFolder(), 'none'), NEXT, WANTED)
  expect(past.scenarios.size + past.loadouts.size).toBe(0)
})
