import { type RunnerTestCase, TestRunner } from 'vitest'
import { RealDate } from '../host/real-time.ts'
import type { ProgressLine, RepeatOutcome } from '../services/leases/worker-progress.ts'
import { type Limit, Limits } from './limits.ts'
import { outcomeOfSkip, outcomesOf, skips } from './outcome.ts'
import type { Suite } from './tasks.ts'

/** Vitest's own, until its runner has told what it is. */
const DEFAULT_HOOK_TIMEOUT_MS = 10_000

/** Who hears of what the runner of this worker does. */
interface Follower {
  write: (line: ProgressLine) => void
  limits: Limits
  /** The limit of the hook that waits for the lease. */
  ownLimit: number
}

const KEY = Symbol.for('jarvis.scenario.follower')
const holder = globalThis as typeof globalThis & { [KEY]?: Follower | null }

/**
 * Writes down what the runner does the moment it does it: hooks of suites, the start of each test and how it ended.
 *
 * By the methods that a runner of the user's own would have, because a hook around each test costs ten times as much.
 * One that overrides them without calling those of its parent is not followed.
 */
export function followRunner(write: Follower['write'], ownLimit: number): void {
  const isInstalled = holder[KEY] !== undefined
  // Where files share a worker, the next one follows.
  holder[KEY] = { write, limits: new Limits(DEFAULT_HOOK_TIMEOUT_MS, ownLimit), ownLimit }
  if (!isInstalled) installOn(TestRunner.prototype)
}

/** The longest that anything in the file which runs may take; null without end, or where it cannot be told. */
export function longestLimit(suite: Suite): Limit {
  try {
    return holder[KEY]?.limits.longest(suite) ?? null
  } catch {
    return null
  }
}

/** A run is not to fail as it is followed: of what cannot be told nothing is, from then on. */
function tell(lineOf: (follower: Follower) => ProgressLine): void {
  const follower = holder[KEY]
  if (!follower) return
  try {
    follower.write(lineOf(follower))
  } catch {
    holder[KEY] = null
  }
}

type Runner = typeof TestRunner.prototype

function installOn(prototype: Runner): void {
  replace(prototype, 'onBeforeRunSuite', (proceed) => {
    return function beforeSuite(suite) {
      tellEndsOf(this)
      tell((follower) => {
        if ('filepath' in suite) {
          follower.limits = new Limits(this.config.hookTimeout, follower.ownLimit)
        }
        return { type: 'suite', limit: follower.limits.suite(suite) }
      })
      return proceed.call(this, suite)
    }
  })
  replace(prototype, 'onAfterRunSuite', (proceed) => {
    return function afterSuite(suite) {
      tell(({ limits }) => {
        const limit = limits.suite(suite.suite ?? suite.file)
        if (!('filepath' in suite)) return { type: 'suite', limit }
        return { type: 'over', passed: suite.result?.state === 'pass', limit }
      })
      return proceed.call(this, suite)
    }
  })
  replace(prototype, 'onBeforeRunTask', (proceed) => {
    return function beforeTest(test) {
      const begun = proceed.call(this, test)
      // After a cancel it is skipped from here on.
      if (test.type === 'test' && (test.mode === 'run' || test.mode === 'queued')) {
        tell(({ limits }) => {
          return { type: 'began', test: test.id, at: RealDate.now(), limit: limits.test(test) }
        })
      }
      return begun
    }
  })
  replace(prototype, 'onBeforeTryTask', (proceed) => {
    return function beforeTry(test, tries) {
      if (tries.retry + tries.repeats > 0) tell(() => ({ type: 'try', test: test.id }))
      return proceed.call(this, test, tries)
    }
  })
  replace(prototype, 'onAfterRetryTask', (proceed) => {
    return function afterTry(test, tries) {
      // Of a test that skips itself the runner tells nothing later.
      if (skips(test)) tellEnd(test, outcomeOfSkip)
      return proceed.call(this, test, tries)
    }
  })
}

const followed = new WeakSet<Runner>()

/** Vitest gives each runner a method of its own to be called with a result, which hides that of the prototype. */
function tellEndsOf(runner: Runner): void {
  if (followed.has(runner)) return
  followed.add(runner)
  replace(runner, 'onAfterRunTask', (proceed) => {
    return function afterTest(test) {
      if (test.type === 'test') tellEnd(test, outcomesOf)
      return proceed.call(this, test)
    }
  })
}

function tellEnd(
  test: Readonly<RunnerTestCase>,
  outcomes: (test: Readonly<RunnerTestCase>) => RepeatOutcome[],
): void {
  tell(() => ({ type: 'ended', test: test.id, outcomes: outcomes(test) }))
}

type Hook =
  | 'onBeforeRunSuite'
  | 'onAfterRunSuite'
  | 'onBeforeRunTask'
  | 'onBeforeTryTask'
  | 'onAfterRetryTask'
  | 'onAfterRunTask'

type Method<Name extends Hook> = (
  this: Runner,
  ...parameters: Parameters<Runner[Name]>
) => ReturnType<Runner[Name]>

/** Puts another method in the place of one, which it may go on with. */
function replace<Name extends Hook>(
  on: Runner,
  name: Name,
  by: (proceed: Method<Name>) => Method<Name>,
): void {
  Object.assign(on, { [name]: by(on[name] as Method<Name>) })
}
