import { type RunnerTestCase, type RunnerTestFile, TestRunner } from 'vitest'
import type { LeftOfFile } from '../services/leases/lease-protocol.ts'
import type { Suite } from './tasks.ts'

/** Asks what of the file that this worker has is to run; null: all of it. */
type Ask = () => Promise<LeftOfFile | null>

const KEY = Symbol.for('jarvis.scenario.left-out')
const holder = globalThis as typeof globalThis & { [KEY]?: Ask }

type Runner = typeof TestRunner.prototype & {
  onCollected?: (files: RunnerTestFile[]) => unknown
}

type Import = (
  this: Runner,
  ...parameters: Parameters<Runner['importFile']>
) => ReturnType<Runner['importFile']>

const watched = new WeakSet<Runner>()

/**
 * Of a run that was resumed: tests that have their results are skipped before Vitest is told of the file, as if their author
 * had left them out. A file of which nothing is left asks for no services.
 *
 * Vitest itself selects by names alone, and two tests of a file may have the same.
 */
export function leaveOut(ask: Ask): void {
  const isInstalled = holder[KEY] !== undefined
  // Where files share a worker, the next one asks for itself.
  holder[KEY] = ask
  if (isInstalled) return
  const prototype: { importFile: Import } = TestRunner.prototype
  const proceed: Import = prototype.importFile
  prototype.importFile = function importing(...parameters) {
    watch(this)
    return proceed.call(this, ...parameters)
  }
}

/** Vitest gives each runner a method of its own that tells what was collected. */
function watch(runner: Runner): void {
  if (watched.has(runner)) return
  watched.add(runner)
  const { onCollected } = runner
  runner.onCollected = async (files) => {
    // Without an answer all would run; the results that are there already are recorded no second time.
    const left = await holder[KEY]?.().catch(() => null)
    if (left) for (const file of files) skipAllBut(file, left)
    await onCollected?.call(runner, files)
  }
}

/** Skips what is not left of a file. */
export function skipAllBut(file: RunnerTestFile, { only, done }: LeftOfFile): void {
  const [wanted, over] = [only && new Set(only), new Set(done)]
  for (const [name, test] of namedTests(file)) {
    const isLeft = wanted === null ? !over.has(name) : wanted.has(name)
    if (!isLeft && isToRun(test)) test.mode = 'skip'
  }
  skipEmpty(file)
}

/** Lets tests that have some of their results run for the others alone. */
export function repeatLeft(file: Suite, { repeats }: LeftOfFile): void {
  for (const [name, test] of namedTests(file)) {
    if (!Object.hasOwn(repeats, name)) continue
    const all = (test.repeats ?? 0) + 1
    const there = new Set(repeats[name]?.filter((repeat) => repeat < all))
    test.repeats = Math.max(0, all - there.size - 1)
  }
}

/** The tests of a file with their full names, ` (2)` behind that of the second one which is called the same. */
function namedTests(file: Suite): [string, RunnerTestCase][] {
  const seen = new Map<string, number>()
  return testsOf(file).map((test) => {
    const { fullTestName: name } = test
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return [count === 1 ? name : `${name} (${count})`, test]
  })
}

function testsOf(suite: Suite): RunnerTestCase[] {
  return suite.tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task) : [task]))
}

/** As Vitest does it: a suite of which nothing runs is skipped, with its hooks. */
function skipEmpty(suite: Suite): void {
  for (const task of suite.tasks) if (task.type === 'suite') skipEmpty(task)
  const isEmpty = suite.tasks.length > 0 && suite.tasks.every((task) => !isToRun(task))
  if (isEmpty && isToRun(suite)) (suite as { mode: string }).mode = 'skip'
}

function isToRun({ mode }: { mode: string }): boolean {
  return mode === 'run' || mode === 'queued'
}
