import { basename } from 'node:path'
import { expect, test } from 'vitest'
import type { TestCase, TestModule, TestSpecification } from 'vitest/node'
import type { SessionEvent } from '../events/index.ts'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import type { RepeatOutcome, ToldTests } from '../services/leases/worker-progress.ts'
import { LoadoutBook } from '../services/loadouts/loadout-book.ts'
import type { RunningLoadout } from '../services/loadouts/running-loadout.ts'
import type { OpenRun, ProjectTarget } from './run-host.ts'
import { RunRecord } from './run-record.ts'

const target: ProjectTarget = { domain: 'llm', loadout: 'a', title: 'a', models: [], repeats: 1 }
const project = { name: 'p' }

/** What a test of a stand-in module has to tell. */
interface Told {
  repeats?: number
  attempts?: () => object[]
  suite?: object
}

const passed = (repeatIndex = 0): object => {
  return { repeatIndex, retryIndex: 0, state: 'passed', startTime: 1_000, duration: 5 }
}
const failed = (...errors: unknown[]): object => ({ ...passed(), state: 'failed', errors })

/** A run of files `/r/scenarios/llm/NAME.scenario.ts`, each with its tests by name. */
function runOf(
  files: Record<string, Record<string, Told>>,
  errorsOf: Record<string, object[]> = {},
  toldBy: Record<string, ToldTests> = {},
) {
  const events: SessionEvent[] = []
  const book = new LoadoutBook()
  const run = {
    record: (event: SessionEvent) => void events.push(event),
    book,
    cancel: () => {},
    notes: {
      told: (_: string, path: string) => toldBy[basename(path, '.scenario.ts')] ?? null,
      settled: async () => {},
      done: () => {},
    },
    wasNotLoaded: () => false,
  } as unknown as OpenRun
  const modules = Object.entries(files).map(([name, tests]) => {
    const moduleId = `/r/scenarios/llm/${name}.scenario.ts`
    const errors = () => errorsOf[name] ?? []
    const module = { type: 'module', project, moduleId, errors } as unknown as TestModule
    const children = Object.entries(tests).map(([title, told]) => testOf(module, title, told))
    return Object.assign(module, { children: { allTests: () => children, allSuites: () => [] } })
  })
  const specifications = modules.map(({ moduleId }) => ({ project, moduleId }))
  const selection = { namePattern: undefined, tags: undefined }
  const context = { root: '/r', target: () => target, selection, parse: async () => null }
  const record = new RunRecord(run, context, specifications as unknown as TestSpecification[])
  for (const module of modules) record.collected(module)
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  const rows = (): string[] =>
    events.flatMap((event) => {
      if (event.type !== 'scenario_ended') return []
      const { name, repeat, status, errors } = event.result
      return [[name, repeat, status, ...errors.map(({ message }) => message)].join(' | ')]
    })
  return { record, book, modules, tests, events, rows }
}

function testOf(module: TestModule, title: string, told: Told): TestCase {
  const { repeats, attempts = () => [], suite } = told
  const state = () => (attempts().length === 0 ? 'pending' : 'passed')
  const parent = suite ? { ...suite, parent: module } : module
  const options = { mode: 'run', repeats }
  const named = { type: 'test', id: `${module.moduleId}_${title}`, fullName: title }
  const result = () => ({ state: state() })
  return { ...named, module, project, parent, options, attempts, result } as unknown as TestCase
}

const ran = (test_: TestCase, repeat: number): AttemptRecord => {
  const outcome = { status: 'passed' as const, started: 1_000, duration: 5, retries: 0, errors: [] }
  return { test: test_.id, repeat, outcome }
}

const loss = (cause: string): never =>
  ({ message: '[vitest-pool]: Worker forks emitted error.', cause: { message: cause } }) as never

test('whatever a test throws has a row', async () => {
  const odd = [{ message: { a: 1 } }, { message: 5, stack: 5, stacks: 'none' }, null, { code: 'X' }]
  const { record, modules, rows } = runOf({
    a: { odd: { attempts: () => [failed(...odd)] }, none: { attempts: () => [failed()] } },
  })
  record.ended(modules[0]!)
  await record.complete([])
  expect(rows()).toEqual([
    'a > odd | 0 | FAILED | {"a":1} | 5 | null | {"code":"X"}',
    'a > none | 0 | FAILED | The test failed without a message',
  ])
})

test('a result that cannot be read fails its test by name, and none of the others', async () => {
  const unreadable = (): never => {
    throw new Error('no such field')
  }
  const bad = {
    ...passed(),
    state: 'failed',
    errors: [Object.defineProperty({}, 'expected', { get: unreadable })],
  }
  const { record, modules, events, rows } = runOf({
    a: {
      'before any': { attempts: unreadable },
      'in its errors': { attempts: () => [bad] },
      fine: { attempts: () => [passed()] },
    },
  })
  for (const one of modules[0]!.children.allTests()) record.finished(one)
  record.ended(modules[0]!)
  await record.complete([])
  const said = 'The result of this scenario could not be read: no such field'
  expect(rows()).toEqual([
    `a > before any | 0 | FAILED | ${said}`,
    `a > in its errors | 0 | FAILED | ${said}`,
    'a > fine | 0 | PASSED',
  ])
  expect(events.filter(({ type }) => type === 'error')).toMatchObject([
    { message: said },
    { message: said },
  ])
  expect(record.failed).toBe(true)
})

test('each lost file has the reason that names it, and one that names none goes to the rest', async () => {
  const { record, tests, rows } = runOf({
    a: { one: {}, two: {} },
    ab: { one: {} },
    c: { one: {} },
  })
  record.started(tests[1]!)
  const during = (signal: string, file: string): never =>
    loss(
      `${signal} during started state while running test file /r/scenarios/llm/${file}.scenario.ts`,
    )
  await record.complete([during('KILL', 'ab'), loss('during starting state'), during('ABRT', 'a')])
  const told =
    'The worker that ran this scenario was lost: [vitest-pool]: Worker forks emitted error.'
  const named = (signal: string, file: string): string =>
    `${told} (cause: ${signal} during started state while running test file /r/scenarios/llm/${file}.scenario.ts)`
  expect(rows()).toEqual([
    'a > one | 0 | INTERRUPTED',
    `a > two | 0 | FAILED | ${named('ABRT', 'a')}`,
    // Its test died before the news of its start.
    `ab > one | 0 | FAILED | ${named('KILL', 'ab')}`,
    `c > one | 0 | FAILED | ${told} (cause: during starting state)`,
  ])
})

test('a lost test goes on with the repeat after those that have their row', async () => {
  const { record, tests, rows } = runOf({ a: { one: {}, many: { repeats: 3 }, last: {} } })
  record.attempted(tests[1]!, ran(tests[1]!, 0))
  record.attempted(tests[1]!, ran(tests[1]!, 1))
  await record.complete([])
  expect(rows()).toEqual([
    'a > many | 0 | PASSED',
    'a > many | 1 | PASSED',
    'a > one | 0 | INTERRUPTED',
    'a > many | 2 | FAILED | The worker that ran this scenario was lost: it ended without a result',
    'a > last | 0 | INTERRUPTED',
  ])
})

test('repeats stand after the tests that ended before them, which Vitest tells later', async () => {
  const repeated = { repeats: 1, attempts: () => [passed(0), passed(1)] }
  const { record, tests, rows } = runOf({ a: { first: repeated, second: repeated } })
  const [first, second] = tests as [TestCase, TestCase]
  record.attempted(first, ran(first, 0))
  record.attempted(first, ran(first, 1))
  record.attempted(second, ran(second, 0))
  expect(rows()).toEqual([])
  for (const one of [first, second]) {
    record.started(one)
    record.finished(one)
  }
  await record.complete([])
  expect(rows()).toEqual([
    'a > first | 0 | PASSED',
    'a > first | 1 | PASSED',
    'a > second | 0 | PASSED',
    'a > second | 1 | PASSED',
  ])
})

test('the last repeat waits for what Vitest says, which knows what broke after its worker’s word', async () => {
  const broken = { ...failed({ message: 'afterEach broke' }), repeatIndex: 1 }
  const many = { repeats: 1, attempts: () => [passed(0), broken] }
  const { record, modules, tests, rows } = runOf({ a: { many } })
  record.started(tests[0]!)
  record.attempted(tests[0]!, ran(tests[0]!, 0))
  record.attempted(tests[0]!, ran(tests[0]!, 1))
  expect(rows()).toEqual(['a > many | 0 | PASSED'])
  record.finished(tests[0]!)
  record.ended(modules[0]!)
  await record.complete([])
  expect(rows()).toEqual(['a > many | 0 | PASSED', 'a > many | 1 | FAILED | afterEach broke'])
})

test('a repeat that Vitest says nothing of is recorded all the same, and at once after a cancel', async () => {
  const { record, tests, rows } = runOf({ a: { one: { repeats: 2 } } })
  record.attempted(tests[0]!, ran(tests[0]!, 0))
  await expect.poll(rows).toEqual(['a > one | 0 | PASSED'])
  record.cancel('the run was cancelled')
  record.attempted(tests[0]!, ran(tests[0]!, 1))
  expect(rows()).toEqual(['a > one | 0 | PASSED', 'a > one | 1 | PASSED'])
})

test('a test that never ran has the errors of the suite that broke, not what its file broke with later', async () => {
  const suite = { type: 'suite', errors: () => [{ message: 'before' }] }
  const { record, modules, events, rows } = runOf(
    { a: { one: { suite } } },
    { a: [{ message: 'after' }] },
  )
  record.ended(modules[0]!)
  await record.complete([])
  expect(rows()).toEqual(['a > one | 0 | FAILED | before'])
  expect(events.filter(({ type }) => type === 'error')).toMatchObject([
    { message: 'scenarios/llm/a.scenario.ts: after' },
  ])
})

test('a file that gives one row for all of it counts as one', async () => {
  const { record, modules, events, rows } = runOf({ a: {} }, { a: [{ message: 'broken' }] })
  record.ended(modules[0]!)
  await record.complete([])
  expect(rows()).toEqual(['a | 0 | FAILED | broken'])
  expect(events.findLast(({ type }) => type === 'totals')).toMatchObject({ total: 1 })
})

test('what the machine did while a test ran is told of a loadout that was up, and of no other', async () => {
  const spans = async (isUp: boolean) => {
    const { record, book, modules, events } = runOf({ a: { one: { attempts: () => [passed()] } } })
    const seen = { peak: 8 * 1_024 ** 3, pids: [7], flags: ['throttled'] } as const
    book.follow({ telemetry: { since: () => seen }, owns: () => false })
    const running = { target: { domain: 'llm', loadout: { name: 'a' } }, setupTime: 3, flags: [] }
    if (isUp) book.ready(running as unknown as RunningLoadout)
    record.ended(modules[0]!)
    await record.complete([])
    return events.flatMap((event) => {
      if (event.type !== 'scenario_ended') return []
      const { vram_peak, flags } = event.result
      return [{ vram_peak, flags }]
    })
  }
  expect(await spans(true)).toEqual([{ vram_peak: 8, flags: ['throttled', 'foreign_gpu_process'] }])
  expect(await spans(false)).toEqual([{ vram_peak: null, flags: [] }])
})

const fileOf = (name: string): string => `/r/scenarios/llm/${name}.scenario.ts`
const loseA = { project: 'p', file: fileOf('a'), kind: 'died', how: 'it broke' } as const
const idIn = (file: string, name: string): string => `${fileOf(file)}_${name}`
const endedAs = (status: RepeatOutcome['status'], repeat = 0): RepeatOutcome => {
  const errors = status === 'failed' ? [{ message: 'as told' }] : []
  return { repeat, status, started: 1_000, duration: 5, retries: 0, errors }
}

/** What the worker of file `a` wrote down: how tests ended, and which run. */
function toldOfA(ended: Record<string, RepeatOutcome[]>, running: string[] = []): ToldTests {
  return {
    ended: new Map(Object.entries(ended).map(([name, outcomes]) => [idIn('a', name), outcomes])),
    running: new Map(running.map((name) => [idIn('a', name), 2_000])),
    hasPassed: false,
    limit: 1_000,
  }
}

test('what had ended in a lost worker keeps its result, what ran failed, the rest never ran', async () => {
  const told = toldOfA({ one: [endedAs('passed')], two: [endedAs('failed')] }, ['three'])
  const { record, tests, rows } = runOf(
    { a: { one: {}, two: {}, three: {}, four: {} } },
    {},
    { a: told },
  )
  // Vitest has told of a start that is over, and of none that is not.
  record.started(tests[1]!)
  await record.lost.take(loseA)
  expect(rows()).toEqual([
    'a > one | 0 | PASSED',
    'a > two | 0 | FAILED | as told',
    'a > three | 0 | FAILED | The worker that ran this scenario was lost: it broke',
    'a > four | 0 | INTERRUPTED',
  ])
  // The error of Vitest's about it is no news at the end of the run.
  expect(await record.complete([loss(`running test file ${fileOf('a')}`)])).toEqual([])
  expect(rows()).toHaveLength(4)
  expect(record.lost.isBailDue(0, 1)).toBe(true)
  expect(record.lost.isBailDue(0, 2)).toBe(false)
  expect(record.lost.isBailDue(1, 2)).toBe(true)
})

test('of a repeated test only the repeats that have no row are taken from its worker', async () => {
  const told = toldOfA({ one: [endedAs('passed', 0), endedAs('failed', 1)] })
  const { record, tests, rows } = runOf({ a: { one: { repeats: 1 } } }, {}, { a: told })
  record.started(tests[0]!)
  record.attempted(tests[0]!, ran(tests[0]!, 0))
  await record.lost.take(loseA)
  expect(rows()).toEqual(['a > one | 0 | PASSED', 'a > one | 1 | FAILED | as told'])
})

test('a hook that kills its worker fails the scenario that would have been next', async () => {
  const told = toldOfA({ one: [endedAs('passed')] })
  const { record, rows } = runOf({ a: { one: {}, two: {}, three: {} } }, {}, { a: told })
  await record.lost.take({ ...loseA, kind: 'silent', how: '7 s', allowed: '1 s' })
  expect(rows()).toEqual([
    'a > one | 0 | PASSED',
    'a > two | 0 | FAILED | A hook before this scenario did not yield for 7 s, and may take 1 s: its process was ' +
      'ended. Look for a loop without an await, or a regular expression that backtracks.',
    'a > three | 0 | INTERRUPTED',
  ])
})

test('a file that its worker was to have later was interrupted', async () => {
  const { record, rows } = runOf({ a: { one: {}, two: {} } })
  await record.lost.take({ ...loseA, kind: 'unbegun' })
  expect(rows()).toEqual(['a > one | 0 | INTERRUPTED', 'a > two | 0 | INTERRUPTED'])
})

test('after a cancel what had ended before keeps its result, whatever Vitest got of it', async () => {
  const told = toldOfA(
    { one: [endedAs('passed')], two: [endedAs('failed')], three: [endedAs('skipped')] },
    ['four'],
  )
  const { record, rows } = runOf(
    { a: { one: {}, two: {}, three: {}, four: {}, five: {} } },
    {},
    { a: told },
  )
  record.cancel('the run was cancelled')
  await record.lost.take(loseA)
  expect(rows()).toEqual([])
  await record.complete([])
  expect(rows()).toEqual([
    'a > one | 0 | PASSED',
    'a > two | 0 | FAILED | as told',
    'a > three | 0 | INTERRUPTED',
    'a > four | 0 | INTERRUPTED',
    'a > five | 0 | INTERRUPTED',
  ])
})

test('a test whose report is lost has the result that its worker told, and is never SKIPPED by guess', async () => {
  const told = toldOfA({ one: [endedAs('failed')], two: [endedAs('skipped')] }, ['three'])
  const { record, modules, rows } = runOf(
    { a: { one: {}, two: {}, three: {}, four: {} } },
    {},
    { a: told },
  )
  record.ended(modules[0]!)
  await record.complete([])
  const unreported =
    "Vitest's report of this scenario was lost: something in it cannot be sent, such as a function in task.meta."
  expect(rows()).toEqual([
    'a > one | 0 | FAILED | as told',
    'a > two | 0 | SKIPPED',
    `a > three | 0 | FAILED | ${unreported}`,
    `a > four | 0 | FAILED | ${unreported}`,
  ])
})

test('a worker that gets nowhere is told of with what it runs and what had ended, once', async () => {
  const told = toldOfA({ one: [endedAs('passed')] }, ['two'])
  const { record, tests, events, rows } = runOf({ a: { one: {}, two: {} } }, {}, { a: told })
  const stall = { project: 'p', file: fileOf('a') }
  record.lost.stalled(stall)
  record.started(tests[1]!)
  record.lost.stalled(stall)
  record.finished(tests[0]!)
  expect(rows()).toEqual(['a > one | 0 | PASSED'])
  await record.lost.take(loseA)
  const started = events.filter(({ type }) => type === 'scenario_started')
  expect(started).toMatchObject([{ name: 'a > two' }])
  expect(rows()).toHaveLength(2)
})
