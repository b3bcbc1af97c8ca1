import { type RunnerTestCase, TestRunner } from 'vitest'
import type { Suite } from './tasks.ts'

/** Where Vitest keeps the limits of hooks. Those of `after` hooks it does not keep. */
const CLEANUP_TIMEOUT = Symbol.for('VITEST_CLEANUP_TIMEOUT')
const AROUND_TIMEOUT = Symbol.for('VITEST_AROUND_TIMEOUT')

type Hooks = ReturnType<typeof TestRunner.getSuiteHooks>

const NO_HOOKS: Hooks = {
  beforeAll: [],
  afterAll: [],
  beforeEach: [],
  afterEach: [],
  aroundAll: [],
  aroundEach: [],
}

/** Milliseconds; null without end. */
export type Limit = number | null

/** How long things of a scenario file may take by Vitest's own limits, for whoever watches the worker from outside. */
export class Limits {
  readonly #hookTimeout: number
  readonly #own: number
  readonly #each = new WeakMap<Suite, Limit>()

  /**
   * @param hookTimeout - of a hook that has none of its own
   * @param own - that of the hook which waits for the lease, and is no part of this
   */
  constructor(hookTimeout: number, own: number) {
    this.#hookTimeout = hookTimeout
    this.#own = own
  }

  /** A try of a test, with the hooks around it and the pause before the next try. */
  test(test: Readonly<RunnerTestCase>): Limit {
    const { timeout, retry } = test
    const pause = typeof retry === 'object' ? (retry.delay ?? 0) : 0
    const around = this.#around(test.suite ?? test.file)
    const isEndlessTest = timeout <= 0 || !Number.isFinite(timeout)
    return isEndlessTest || around === null ? null : timeout + pause + around
  }

  /** All hooks that run once for a suite; what is between tests has the time of one. */
  suite(suite: Suite): Limit {
    const { beforeAll, afterAll, aroundAll } = hooksOf(suite)
    const around = aroundAll.map(limitAround).filter((limit) => limit !== this.#own)
    return longest([this.#sum(beforeAll, around, afterAll), this.#hookTimeout])
  }

  /** The longest of a file. */
  longest(suite: Suite): Limit {
    const all = suite.tasks.map((task) =>
      task.type === 'suite' ? this.longest(task) : this.test(task),
    )
    return longest([this.suite(suite), ...all])
  }

  #around(suite: Suite): Limit {
    const known = this.#each.get(suite)
    if (known !== undefined) return known
    const { beforeEach, afterEach, aroundEach } = hooksOf(suite)
    const parent = 'filepath' in suite ? 0 : this.#around(suite.suite ?? suite.file)
    const limit = sum([this.#sum(beforeEach, aroundEach.map(limitAround), afterEach), parent])
    this.#each.set(suite, limit)
    return limit
  }

  /** What a `before` hook returns runs afterwards, with the same limit; so does the second part of one that is around. */
  #sum(before: readonly object[], around: readonly number[], after: readonly object[]): Limit {
    const twice = [...before.map((hook) => this.#limitBefore(hook)), ...around]
    return sum([...twice, ...twice, ...after.map(() => this.#hookTimeout)])
  }

  #limitBefore(hook: object): number {
    const limit = (hook as Record<symbol, unknown>)[CLEANUP_TIMEOUT]
    return typeof limit === 'number' ? limit : this.#hookTimeout
  }
}

/** A file that did not load has none. */
function hooksOf(suite: Suite): Hooks {
  const hooks: Hooks | undefined = TestRunner.getSuiteHooks(suite)
  return hooks ?? NO_HOOKS
}

/** A hook of ours around each test tells none, and takes no time worth counting. */
function limitAround(hook: object): number {
  const limit = (hook as Record<symbol, unknown>)[AROUND_TIMEOUT]
  return typeof limit === 'number' ? limit : 0
}

/** Vitest takes 0 and what is not finite for no limit. */
const isEndless = (limit: Limit): boolean => limit === null || !Number.isFinite(limit)

function sum(limits: readonly Limit[]): Limit {
  if (limits.some(isEndless)) return null
  return limits.reduce<number>((total, limit) => total + (limit ?? 0), 0)
}

function longest(limits: readonly Limit[]): Limit {
  return limits.some(isEndless) ? null : Math.max(...(limits as number[]))
}
