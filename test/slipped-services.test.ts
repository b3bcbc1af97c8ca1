import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { portOwners } from '../src/services/processes/listeners.ts'
import { eventually } from './support/poll.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { run, start } from './support/run.ts'
import { isAlive } from './support/services.ts'

const SERVER = `${process.execPath} echo.mjs --port {port}`
const PATIENCE_MS = 150_000

/** A project with a plan of one service, and the environment that chooses it. */
function planned(service: object): { project: Project; env: Record<string, string> } {
  const project = createProject('services')
  const plan = {
    name: 'One service',
    settings: { startup_timeout: 120, scenario_timeout: 60 },
    services: { a: service },
    execution: [
      {
        domain: 'llm',
        loadouts: ['native://a'],
        scenarios: ['asks', 'asks_again', 'asks_at_last'],
      },
    ],
  }
  writeFileSync(join(project.root, 'plans', 'one.yaml'), JSON.stringify(plan))
  return { project, env: { JARVIS_PLAN: 'plans/one.yaml' } }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

describe.runIf(showsProcesses)('a service that slips out of its process tree', () => {
  test('is ended with its run, which says so', async () => {
    const port = await freePort()
    const command = ['bash', '-c', `env -i setsid -f ${SERVER}; sleep 600`]
    const { project, env } = planned({ command, port })
    const { code, output, session } = await run(project, { env })
    expect(code, output).toBe(0)
    const statuses = session!.results('llm').map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set(['PASSED']))
    expect(await portOwners(port)).toEqual([])
    expect(leftOf(project.root)).toEqual([])
    expect(session!.text('progression.log')).toMatch(
      /\[WARN\] native:\/\/a had gone into the background: node \(pid \d+\) lived on .* Give the flag that keeps it in front\.\n/,
    )
  })

  test('does not outlive a run that is killed', async () => {
    const port = await freePort()
    const command = ['bash', '-c', `env -i setsid -f ${SERVER}; sleep 600`]
    const { project, env } = planned({ command, port })
    const running = start(project, { env })
    await running.until('Model Ready')
    expect(await portOwners(port)).toHaveLength(1)
    process.kill(running.child.pid!, 'SIGKILL')
    await running.ended()
    await eventually(PATIENCE_MS, () => expect(leftOf(project.root)).toEqual([]))
    expect(await portOwners(port)).toEqual([])
  })

  test('fails its scenarios when its first process ends, with what to do', async () => {
    const port = await freePort()
    const command = ['bash', '-c', `env -i setsid -f ${SERVER}`]
    const { project, env } = planned({ command, port, ready: { log: 'never' } })
    const { code, session } = await run(project, { env })
    expect(code).toBe(1)
    expect(session!.results('llm')[0]!.errors[0]!.message).toContain(
      'native://a exited with code 0 before it was ready. It went into the background: give the flag that keeps ' +
        'it in front.',
    )
    expect(await portOwners(port)).toEqual([])
  })
})

test.runIf(showsProcesses)(
  'a stranger that takes the port first is not measured: the service fails and names it',
  async () => {
    const port = await freePort()
    // It would listen, in a minute.
    const { project, env } = planned({ command: ['bash', '-c', `sleep 60; exec ${SERVER}`], port })
    const running = start(project, { env })
    await running.until('Loading Model')
    const args = ['echo.mjs', '--port', String(port)]
    const stranger = spawn(process.execPath, args, { cwd: project.root, stdio: 'ignore' })
    onTestFinished(() => void stranger.kill('SIGKILL'))
    const { code, output, session } = await running.ended()
    expect(code).toBe(1)
    expect(output).not.toContain('Model Ready')
    const rows = session!.results('llm').map(({ status, errors }) => [status, errors[0]!.message])
    for (const [status, message] of rows) {
      expect(status).toBe('FAILED')
      expect(message).toContain(
        `Port ${port}, where native://a is asked, is served by node (pid ${stranger.pid})`,
      )
    }
    expect(isAlive(stranger.pid!)).toBe(true)
  },
)

test('a service that is ready on ::1 is asked there', { tags: ['long'] }, async () => {
  const { project, env } = planned({
    command: [process.execPath, 'echo.mjs', '--host', '::1', '--port', '{port}'],
    ready: { url: 'http://[::1]:{port}/health' },
  })
  const { code, output } = await run(project, { env })
  expect(code, output).toBe(0)
})
