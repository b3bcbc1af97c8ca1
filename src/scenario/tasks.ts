import {
  type RunnerTestCase,
  type RunnerTestFile,
  type RunnerTestSuite,
  type TestContext,
  TestRunner,
} from 'vitest'

/** A file or a `describe` of it. */
export type Suite = Readonly<RunnerTestSuite | RunnerTestFile>

/**
 * Prepares a file whose services did not come up: each of its tests shall fail by name, once, and no hook
 * of the author shall run against services that are not there.
 */
export function disarm(suite: Suite): void {
  // The runner walks these very arrays, so what is taken out of them while it does is not run.
  const hooks = TestRunner.getSuiteHooks(suite)
  for (const list of [hooks.aroundAll, hooks.beforeAll, hooks.afterAll]) list.length = 0
  for (const task of suite.tasks) {
    if (task.type === 'suite') {
      disarm(task)
    } else {
      task.retry = 0
      task.repeats = 0
      // A test that is meant to fail would pass.
      task.fails = false
    }
  }
}

/** Lets each test of a file that has no `repeats` of its own run `times` times. */
export function repeatTests(suite: Suite, times: number): void {
  for (const test of testsOf(suite)) test.repeats ??= times - 1
}

/** Whether a test of a file runs more than once, each time with a row of its own. */
export function hasRepeats(suite: Suite): boolean {
  return testsOf(suite).some(({ repeats = 0 }) => repeats > 0)
}

/** What runs around a try of each test: outside of every hook that the author of a scenario registers. */
export type AroundTest = (
  runTest: () => Promise<void>,
  context: Readonly<TestContext>,
) => Promise<void>

/** Where Vitest keeps the limit of such a hook. One that it does not find there has that of all hooks. */
const LIMIT = Symbol.for('VITEST_AROUND_TIMEOUT')

/** Puts a hook without a time limit around each test of a file, when it turns out that the file needs one. */
export function wrapTests(suite: Suite, around: AroundTest): void {
  const { aroundEach } = TestRunner.getSuiteHooks(suite)
  // A main process that has no time is waited for, however long a hook may take.
  const hook = Object.assign(around.bind(null), { [LIMIT]: 0 })
  aroundEach.unshift(hook as (typeof aroundEach)[number])
}

/** Calls `react` when a test of a file fails; costs nothing for one that passes. */
export function onFailure(suite: Suite, react: (context: Readonly<TestContext>) => unknown): void {
  for (const test of testsOf(suite) as WithFailureHooks[]) {
    test.onFailed = [...(test.onFailed ?? []), react]
  }
}

/** Where Vitest keeps what `onTestFailed` was given. */
interface WithFailureHooks {
  onFailed?: ((context: Readonly<TestContext>) => unknown)[]
}

function testsOf(suite: Suite): RunnerTestCase[] {
  return suite.tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task) : [task]))
}
