import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { normalRows } from './support/normalise.ts'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'
import { sharedRun } from './support/shared-run.ts'

describe('a plan of services that fail', () => {
  const services = sharedRun('services')

  test('fails scenarios with the last lines of what failed them, and names what is missing', async () => {
    const rows = normalRows(services().session, 'llm')
    await expect(rows).toMatchFileSnapshot('expected/services/llm.json.snap')
  })

  test('goes on with the next loadout, leaves no service, and the command fails', () => {
    const { code, session } = services()
    expect(code).toBe(1)
    expect(session.servicesLeft()).toEqual([])
    const failed = session
      .eventsOf('loadout_failed')
      .map(({ models, code: why }) => [...models, why])
    expect(failed).toEqual([
      ['sim://dies-loading#fault=crash-loading', 'SERVICE_FAILED'],
      ['native://never-ready', 'SERVICE_TIMEOUT'],
      ['sim://absent#fault=no-model', 'MISSING'],
      ['native://undefined', 'MISSING'],
      ['native://no-such-program', 'MISSING'],
      ['sim://dies#fault=exit-after:2', 'SERVICE_FAILED'],
    ])
  })

  test('starts a service that died once more, for the next file', () => {
    const started = services()
      .session.eventsOf('service_spawned')
      .filter(({ service }) => service === 'dies')
    expect(started).toHaveLength(2)
  })

  test('tells each end of a service once', () => {
    const story = services().session.text('progression.log')
    const told = story.match(/Error: (?:Service dies ended|sim:\/\/dies#\S+ exited).*?[):.]/g)
    expect(told).toEqual([
      'Error: Service dies ended unexpectedly (code 1)',
      'Error: Service dies ended unexpectedly (code 1)',
      // What the second one means for the loadout.
      'Error: sim://dies#fault=exit-after:2 exited with code 1 after it was started again:',
    ])
  })
})

test('a fixed port in use fails its scenarios and names the port', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const project = createProject('services')
  const plan = join(project.root, 'plans', 'port.yaml')
  writeFileSync(plan, readFileSync(plan, 'utf8').replace('PORT', String(port)))
  const { code, session } = await run(project, { env: { JARVIS_PLAN: 'plans/port.yaml' } })
  expect(code).toBe(1)
  const rows = session?.results('llm') ?? []
  expect(rows.map(({ name, status }) => [name, status])).toEqual([
    ['asks', 'FAILED'],
    ['asks > asks twice', 'FAILED'],
  ])
  expect(rows[0]?.errors[0]?.message).toContain(
    `Port ${port}, which native://fixed needs, is in use`,
  )
  expect(session?.eventsOf('loadout_failed')).toMatchObject([{ code: 'PORT_IN_USE' }])
})
