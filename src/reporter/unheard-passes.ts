import type { TestCase, TestModule } from 'vitest/node'
import type { ToldTests } from '../services/leases/worker-progress.ts'
import { testsOf } from './test-name.ts'

/** What Vitest keeps of a test, a suite or a file; a part of it. */
interface RunnerTask {
  mode: string
  result?: {
    state: string
    startTime?: number | undefined
    duration?: number | undefined
    errors?: unknown[] | undefined
  }
}

/** Vitest calls it internal: where a version has none, such a file counts as failed. */
const taskOf = (entity: unknown): RunnerTask | undefined =>
  (entity as { task?: RunnerTask | undefined }).task

/**
 * Tells Vitest of a file that passed, by the notes of its worker, which was lost before it could tell Vitest itself.
 *
 * @returns whether Vitest counts it as passed from here on
 */
export function tellPassed(module: TestModule, { ended }: ToldTests): boolean {
  if (taskOf(module) === undefined) return false
  for (const test of testsOf(module)) tellTest(test, ended.get(test.id)?.at(-1))
  for (const suite of [...module.children.allSuites(), module]) {
    const task = taskOf(suite)
    if (task !== undefined && isOpen(task))
      task.result = { duration: 0, ...task.result, state: 'pass' }
  }
  return isSound(module)
}

/** Whether Vitest counts a file as ended, and not as failed. */
export function isSound(module: TestModule): boolean {
  return module.ok() && !['pending', 'queued'].includes(module.state())
}

type Ended = ToldTests['ended'] extends ReadonlyMap<string, readonly (infer One)[]> ? One : never

function tellTest(test: TestCase, last: Ended | undefined): void {
  const task = taskOf(test)
  if (task === undefined || last === undefined || test.result().state !== 'pending') return
  const { status, started, duration } = last
  if (status === 'skipped') task.mode = 'skip'
  const state = status === 'skipped' ? 'skip' : 'pass'
  task.result = { state, startTime: started, duration }
}

function isOpen({ mode, result }: RunnerTask): boolean {
  if (mode === 'skip' || mode === 'todo') return false
  return result === undefined || result.state === 'run' || result.state === 'queued'
}
