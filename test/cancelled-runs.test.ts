import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { normalRows } from './support/normalise.ts'
import { eventually } from './support/poll.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { copyFixture, createProject } from './support/project.ts'
import { type Ended, start } from './support/run.ts'
import type { SessionFiles } from './support/session-files.ts'

/** Far more than it takes, and far less than the 50 s that the services and scenarios here would. */
const QUICK_MS = 40_000

interface Cancelled extends Ended {
  session: SessionFiles
  took: number
}

describe.each([
  ['SIGINT', 'while a model loads', 'plans/loading.yaml', 'Loading Model'],
  ['SIGINT', 'while a scenario runs', 'plans/default.yaml', 'b_slow > has passed: PASSED'],
  ['SIGTERM', 'while a scenario runs', 'plans/default.yaml', 'b_slow > has passed: PASSED'],
] as const)('%s %s', (signal, _when, plan, moment) => {
  let cancelled: Cancelled
  let remove: () => void
  beforeAll(async () => {
    const project = copyFixture('slow')
    remove = project.remove
    const running = start(project, { env: { JARVIS_PLAN: plan } })
    await running.until(moment)
    const from = performance.now()
    running.child.kill(signal)
    const ended = await running.ended()
    cancelled = { ...ended, session: ended.session!, took: performance.now() - from }
  })
  afterAll(() => remove())

  test('gives a row for everything that was still to come', async () => {
    const rows = normalRows(cancelled.session, 'llm')
    const name = plan === 'plans/loading.yaml' ? 'loading' : 'running'
    await expect(rows).toMatchFileSnapshot(`expected/cancelled/${name}.json.snap`)
  })

  test('ends quickly and closes its session', () => {
    const { code, session, took } = cancelled
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143)
    expect(took).toBeLessThan(QUICK_MS)
    expect(session.eventsOf('cancelled')).toMatchObject([{ reason: `the run got ${signal}` }])
    expect(session.events().at(-1)).toMatchObject({
      type: 'run_ended',
      status: 'INTERRUPTED',
      recorded_by: 'run',
    })
  })

  test('leaves no service', () => {
    expect(cancelled.session.eventsOf('service_spawned')).toHaveLength(1)
    expect(cancelled.session.servicesLeft()).toEqual([])
  })
})

test('Ctrl+C in a terminal, which ends the worker as well, is told without an error', async () => {
  const project = createProject('slow')
  const running = start(project, { detached: true })
  await running.until('b_slow > has passed: PASSED')
  process.kill(-running.child.pid!, 'SIGINT')
  const { code, output, session } = await running.ended()
  expect(code).toBe(130)
  expect(output).not.toMatch(/[Uu]nhandled|Worker/)
  expect(session!.eventsOf('error')).toEqual([])
  expect(session!.servicesLeft()).toEqual([])
})

test('a scenario that never lets go is ended some seconds after the signal', async () => {
  const project = createProject('slow')
  const running = start(project, { env: { JARVIS_PLAN: 'plans/endless.yaml' } })
  await eventually(150_000, () => expect(existsSync(join(project.root, 'endless'))).toBe(true))
  running.child.kill('SIGTERM')
  const { code, session } = await running.ended()
  expect(code).toBe(143)
  const rows = session!.results('llm')
  expect(rows.map(({ name, status }) => `${name}: ${status}`)).toEqual([
    'd_endless > never lets go: INTERRUPTED',
    'd_endless > comes after: INTERRUPTED',
    'c_later > later > has not begun: INTERRUPTED',
    'c_later > later > was skipped anyway: SKIPPED',
    'c_later > counts to %i: INTERRUPTED',
  ])
  expect(session!.eventsOf('note')).toMatchObject([{ level: 'WARN' }])
  expect(session!.eventsOf('error')).toEqual([])
  expect(session!.events().at(-1)).toMatchObject({ type: 'run_ended', status: 'INTERRUPTED' })
  expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
})
