import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'vitest'
import { leftOf, showsProcesses } from './support/processes.ts'
import { createProject } from './support/project.ts'
import { type Ended, run, type RunOptions, vitestProgram } from './support/run.ts'

/** What a scenario tells of the process that it ran in; milliseconds since the epoch. */
interface Told {
  pid: number
  born: number
  ended: number
}

interface Outcome extends Ended {
  told: Told[]
  pids: Set<number>
  /** Processes of the run that are still there, one line for each. */
  left: string[]
}

/** Runs the six scenarios of the fixture: three files on two loadouts. */
async function runWorkers(
  { onTestFinished }: TestContext,
  options: RunOptions = {},
): Promise<Outcome> {
  const project = createProject('workers', onTestFinished)
  const ended = await run(project, options)
  const lines = readFileSync(join(project.root, 'told.jsonl'), 'utf8').trim().split('\n')
  const told = lines.map((line) => JSON.parse(line) as Told)
  const left = showsProcesses ? leftOf(project.root) : []
  return { ...ended, told, pids: new Set(told.map(({ pid }) => pid)), left }
}

const statuses = ({ session }: Ended): string[] =>
  session?.results('llm').map(({ status }) => status) ?? []
/** Of each process but the first: whether it started after the scenario before it had ended. */
const startedLate = ({ told }: Outcome): boolean[] =>
  told.slice(1).map(({ born }, index) => born > told[index]!.ended)
const ALL_PASSED = Array.from({ length: 6 }, () => 'PASSED')

test.concurrent('each file has a process of its own, which has started before the file before it has ended', async (context) => {
  const { expect, skip } = context
  skip(availableParallelism() === 1, 'one core has no time to spare')
  const outcome = await runWorkers(context)
  expect(statuses(outcome)).toEqual(ALL_PASSED)
  expect(outcome.pids.size).toBe(6)
  expect(startedLate(outcome)).toEqual([false, false, false, false, false])
  expect(outcome.left).toEqual([])
})

test.concurrent(
  'a run that ends with its first failure is a failure and leaves no process',
  { tags: ['long'] },
  async (context) => {
    const { expect } = context
    const outcome = await runWorkers(context, { args: ['--bail=1'], env: { FAIL: 'yes' } })
    expect(outcome.code).toBe(1)
    expect(outcome.told).toHaveLength(1)
    const others = Array.from({ length: 5 }, () => 'INTERRUPTED')
    expect(statuses(outcome)).toEqual(['FAILED', ...others])
    expect(outcome.session?.events().at(-1)).toMatchObject({ type: 'run_ended', status: 'FAILED' })
    // What Vitest says ten seconds later where a process keeps it.
    expect(outcome.output).not.toContain('close timed out')
    expect(outcome.left).toEqual([])
  },
)

test.concurrent('code of the user that each process begins with runs in one at a time', async (context) => {
  const { expect } = context
  const command = [vitestProgram, 'run', '--config', 'preload.config.mts']
  const outcome = await runWorkers(context, { command })
  expect(statuses(outcome)).toEqual(ALL_PASSED)
  expect(startedLate(outcome)).toEqual([true, true, true, true, true])
})

test.concurrent('a process that ended before its turn is replaced', async (context) => {
  const { expect, skip } = context
  skip(!showsProcesses, 'the fixture finds it in /proc')
  const outcome = await runWorkers(context, { env: { KILL_SPARE: 'yes' } })
  expect(statuses(outcome)).toEqual(ALL_PASSED)
  expect(startedLate(outcome)).toEqual([true, true, true, true, true])
})

test.concurrent('another pool is left to Vitest', { tags: ['long'] }, async (context) => {
  const { expect } = context
  const outcome = await runWorkers(context, { args: ['--pool=threads'] })
  expect(statuses(outcome)).toEqual(ALL_PASSED)
  expect(outcome.pids.size).toBe(1)
})

test.concurrent(
  'files that are not isolated share a process',
  { tags: ['long'] },
  async (context) => {
    const { expect } = context
    const command = [vitestProgram, 'run', '--config', 'together.config.mts']
    const outcome = await runWorkers(context, { command })
    expect(statuses(outcome)).toEqual(ALL_PASSED)
    // One for each loadout.
    expect(outcome.pids.size).toBe(2)
    expect(outcome.left).toEqual([])
  },
)
