import type { RunnerTestCase, TestError } from 'vitest'
import { performance, RealDate } from '../host/real-time.ts'
import { thrownText } from '../host/thrown-text.ts'
import { valueText } from '../host/value-text.ts'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import type { RepeatOutcome } from '../services/leases/worker-progress.ts'

/** How many characters of each text of an error are written down: it counts only where the worker dies. */
const MAX_TEXT_LENGTH = 4_000

/** When a try began, and how many errors its test had by then. */
export interface TryStart {
  /** Milliseconds since the epoch. */
  time: number
  /** Milliseconds of the monotonic clock. */
  clock: number
  errors: number
}

/** How a repeat ended, as {@link AttemptRecord} tells it; `final` is false when Vitest tries it once more. */
export interface RepeatState {
  repeat: number
  final: boolean
  outcome: NonNullable<AttemptRecord['outcome']>
}

/** Notes the start of a try. */
export function startTry(test: Readonly<RunnerTestCase>): TryStart {
  const errors = test.result?.errors?.length ?? 0
  return { time: RealDate.now(), clock: performance.now(), errors }
}

/**
 * The state of the running repeat at the end of a try: its status, when its first try began, the time and
 * the errors of all its tries.
 *
 * Vitest decides the same after its hooks; `test.fails` turns a result over only then.
 */
export function repeatState(test: Readonly<RunnerTestCase>, start: TryStart): RepeatState {
  const { result } = test
  const repeat = result?.repeatCount ?? 0
  const earlier = (result?.attempts ?? []).filter(({ repeatIndex }) => repeatIndex === repeat)
  const { status, errors } = judge(test, result?.errors?.slice(start.errors) ?? [])
  const durations = earlier.map(({ duration }) => duration)
  return {
    repeat,
    final: status !== 'failed' || !triesAgain(test, earlier.length, errors),
    outcome: {
      status,
      started: earlier[0]?.startTime ?? start.time,
      duration: durations.reduce((sum, one) => sum + one, performance.now() - start.clock),
      retries: earlier.length,
      errors: [...earlier.flatMap((attempt) => attempt.errors ?? []), ...errors].map(toRowError),
    },
  }
}

interface Verdict {
  status: RepeatState['outcome']['status']
  errors: TestError[]
}

function judge(test: Readonly<RunnerTestCase>, errors: TestError[]): Verdict {
  const state = test.result?.state
  if (state === 'skip') return { status: 'skipped', errors }
  const failed = state === 'fail'
  if (!test.fails) return { status: failed ? 'failed' : 'passed', errors }
  if (!failed) return { status: 'failed', errors: [{ message: 'Expect test to fail' }] }
  // A test that is itself written wrongly has not failed as it was meant to.
  const wrong = errors.some((error) => error['__vitest_test_syntax_error__'])
  return wrong ? { status: 'failed', errors } : { status: 'passed', errors: [] }
}

function triesAgain(test: Readonly<RunnerTestCase>, retried: number, errors: TestError[]): boolean {
  const { retry = 0 } = test
  if (typeof retry === 'number') return retried < retry
  if (retried >= (retry.count ?? 0)) return false
  const last = errors.at(-1)
  if (last === undefined) return false
  if (retry.condition instanceof RegExp) return retry.condition.test(last.message)
  return retry.condition?.(last) ?? true
}

const STATUS = { pass: 'passed', fail: 'failed', skip: 'skipped' } as const

/** Each repeat of a test that has ended, with all its tries. Long texts of errors are cut. */
export function outcomesOf({ result }: Readonly<RunnerTestCase>): RepeatOutcome[] {
  const outcomes: RepeatOutcome[] = []
  for (const attempt of result?.attempts ?? []) {
    const { repeatIndex: repeat, retryIndex: retries, state, startTime, duration, errors } = attempt
    const own = (errors ?? []).map((error) => shortened(toRowError(error)))
    const last = outcomes.at(-1)
    if (last?.repeat === repeat) {
      last.duration += duration
      last.errors.push(...own)
      Object.assign(last, { status: STATUS[state], retries })
    } else {
      const times = { started: startTime, duration }
      outcomes.push({ repeat, status: STATUS[state], ...times, retries, errors: own })
    }
  }
  return outcomes
}

/** Whether a test has skipped itself. What `skip()` throws is a state of its own until the try is over. */
export function skips({ result }: Readonly<RunnerTestCase>): boolean {
  return result?.state === 'skip' || (result as { pending?: boolean } | undefined)?.pending === true
}

/** The outcome of a test that has. */
export function outcomeOfSkip({ result }: Readonly<RunnerTestCase>): RepeatOutcome[] {
  const { startTime: started = RealDate.now(), repeatCount: repeat = 0 } = result ?? {}
  const duration = RealDate.now() - started
  return [{ repeat, status: 'skipped', started, duration, retries: 0, errors: [] }]
}

type RowError = RepeatState['outcome']['errors'][number]

function toRowError(error: TestError): RowError {
  const { stack, expected, actual, code } = error
  return {
    message: thrownText(error),
    // Decides between FAILED, MISSING and INTERRUPTED.
    ...(typeof code === 'string' && { code }),
    ...(typeof stack === 'string' && { stack }),
    ...(expected !== undefined && { expected: valueText(expected) }),
    ...(actual !== undefined && { actual: valueText(actual) }),
  }
}

function shortened(error: RowError): RowError {
  const cut = { ...error }
  for (const key of ['message', 'stack', 'expected', 'actual'] as const) {
    const text = error[key]
    if (text !== undefined) cut[key] = text.slice(0, MAX_TEXT_LENGTH)
  }
  return cut
}
