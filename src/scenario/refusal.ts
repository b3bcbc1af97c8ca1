import { type RunnerTestFile, type RunnerTestSuite, TestRunner } from 'vitest'

/**
 * Prepares a file whose services did not come up: each of its tests shall fail by name, once, and no hook
 * of the author shall run against services that are not there.
 */
export function disarm(suite: Readonly<RunnerTestSuite | RunnerTestFile>): void {
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
export function repeatTests(
  suite: Readonly<RunnerTestSuite | RunnerTestFile>,
  times: number,
): void {
  for (const task of suite.tasks) {
    if (task.type === 'suite') repeatTests(task, times)
    else task.repeats ??= times - 1
  }
}
