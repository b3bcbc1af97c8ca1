import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { begun } from './kill-trial.ts'
import { eventually } from './poll.ts'
import { showsProcesses, watchdogOf } from './processes.ts'
import type { Project } from './project.ts'
import { start } from './run.ts'
import { latestSession } from './session-files.ts'

/** What is done to a run. */
type Deed = 'nothing' | 'bail' | 'interrupt' | 'kill' | 'kill with its watchdog'

/** A run that chance has made up. */
export interface RandomRun {
  plan: object
  /** Texts of scenario files by their stems. */
  files: Map<string, string>
  deed: Deed
  /** When it is done, after the session began. */
  afterMs: number
}

const LONGEST_DELAY_MS = 3_000
const COMPLETED_WITHIN_MS = 10_000

const LOADOUTS = [
  'sim://small',
  'sim://other#stream',
  'sim://gone#fault=no-model',
  'sim://broken#fault=crash-loading',
  'sim://dies#fault=exit-after:3',
  'native://nowhere',
]

const TESTS: readonly ((number: number) => string)[] = [
  (number) => `test('passes ${number}', () => {})`,
  (number) => `test('fails ${number}', () => expect(1).toBe(2))`,
  (number) => `test('asks ${number}', async ({ llm }) => void (await llm.chat('Say hello.')))`,
  (number) => `test('takes a while ${number}', () => sleep(150))`,
  (number) =>
    `test('needs two tries ${number}', { retry: 1 }, () => expect((tries += 1) % 2).toBe(0))`,
  (number) => `test.skip('is skipped ${number}', () => {})`,
  (number) => `test('skips itself ${number}', ({ skip }) => skip())`,
  (number) => `test.todo('is to be written ${number}')`,
  (number) => `test.for([1, 2, 3])('is of each ${number} %i', () => {})`,
  (number) => `describe('group ${number}', () => {
  beforeAll(() => {
    throw new Error('not set up')
  })
  test('comes to nothing', () => {})
})`,
]

const DEEDS: readonly Deed[] = ['nothing', 'bail', 'interrupt', 'kill', 'kill with its watchdog']

/** Makes one up. */
export function randomRun(random: () => number): RandomRun {
  const one = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)]!
  const some = <Value>(values: readonly Value[], most: number): Value[] =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => one(values))
  const names = ['first', 'second', 'third'].slice(0, 1 + Math.floor(random() * 3))
  const files = names.map((name): [string, string] => {
    const tests = some(TESTS, 5).map((text, number) => text(number))
    return [name, random() < 0.12 ? "throw new Error('it does not load')\n" : fileOf(tests)]
  })
  const settings = {
    repeats: one([1, 1, 2, 3]),
    retry: one([0, 0, 1]),
    startup_timeout: 120,
    scenario_timeout: 60,
  }
  const loadouts = [...new Set(some(LOADOUTS, 4))]
  return {
    plan: { name: 'By chance', settings, execution: [{ domain: 'llm', loadouts }] },
    files: new Map(files),
    // Half of them come to their end.
    deed: random() < 0.5 ? 'nothing' : one(DEEDS),
    afterMs: Math.round(random() * LONGEST_DELAY_MS),
  }
}

function fileOf(tests: readonly string[]): string {
  return `import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe } from 'vitest'
import { expect, test } from 'jarvis/scenario'

let tries = 0
${tests.join('\n')}
export { beforeAll, describe, sleep, tries }
`
}

/** A run that is about to end has none any more. */
function killWatchdog(run: number): void {
  try {
    process.kill(watchdogOf(run).pid, 'SIGKILL')
  } catch {
    // It has come to its end.
  }
}

/** Runs it in a project; gives the directory of its session once nothing more is written there. */
export async function runByChance(
  project: Project,
  { plan, files, deed, afterMs }: RandomRun,
): Promise<string> {
  const scenarios = join(project.root, 'scenarios', 'llm')
  rmSync(scenarios, { recursive: true, force: true })
  mkdirSync(scenarios, { recursive: true })
  writeFileSync(join(project.root, 'plans', 'chance.yaml'), JSON.stringify(plan))
  for (const [name, text] of files) writeFileSync(join(scenarios, `${name}.scenario.ts`), text)
  const args = deed === 'bail' ? ['--bail=1'] : []
  const running = start(project, { args, env: { JARVIS_PLAN: 'plans/chance.yaml' } })
  await begun(project, running)
  const session = latestSession(join(project.root, 'logs'))!
  if (deed !== 'nothing' && deed !== 'bail') {
    await sleep(afterMs)
    if (deed === 'kill with its watchdog' && showsProcesses) {
      // One that goes on would have another watchdog.
      running.child.kill('SIGSTOP')
      killWatchdog(running.child.pid!)
    }
    running.child.kill(deed === 'interrupt' ? 'SIGINT' : 'SIGKILL')
  }
  await running.ended()
  if (deed === 'kill') {
    await eventually(COMPLETED_WITHIN_MS, () => {
      expect(session.events().at(-1)?.type).toBe('run_ended')
      expect(session.text('state.json')).not.toContain('"status": "running"')
    })
  }
  return session.directory
}
