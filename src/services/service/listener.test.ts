import { spawn } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import {
  failureOf,
  fixture,
  isAlive,
  loadout,
  planOf,
  recipeOf,
  replaceEngine,
  service,
  startServer,
  supervise,
  target,
  temporaryFolder,
  until,
} from '../../../test/support/services.ts'
import type { SessionEvent } from '../../events/index.ts'
import type { ServiceDefinition } from '../../plan/types.ts'
import { choosePort, returnPort } from '../processes/ports.ts'
import { processTable } from '../processes/process-table.ts'

/** Which process a socket belongs to is asked of other systems by programs of theirs. */
const linux = process.platform === 'linux'
const isRoot = process.getuid?.() === 0
const NOBODY = 65_534

/** A service that takes its port so late that a stranger is there first. */
function late(more: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return service('a', [], { command: ['sh', '-c', 'sleep 600'], ...more })
}

async function freePort(): Promise<number> {
  const port = await choosePort()
  onTestFinished(() => returnPort(port))
  return port
}

const saysStranger = (port: number, pid: number): string =>
  `Port ${port}, where native://a is asked, is served by node (pid ${pid}), which is no process of this service: ` +
  'stop it, or give the service another port. Is it the service itself, gone into the background? Give the ' +
  'flag that keeps it in front.'

test.runIf(linux).for([
  ['its port', undefined],
  ['a URL', { url: 'http://127.0.0.1:{port}/health' }],
  ['a URL of a name', { url: 'http://localhost:{port}/health' }],
] as const)(
  'a stranger that answers first at %s fails the service, and lives on',
  async ([, ready]) => {
    const port = await freePort()
    const { supervisor, session } = supervise([late({ port, ...(ready && { ready }) })])
    const failure = failureOf(supervisor.acquire(target('native://a')))
    await until(() => session.types.includes('service_spawned'))
    const stranger = await startServer(port)
    const error = await failure
    expect(error.code).toBe('PORT_IN_USE')
    expect(error.message).toBe(saysStranger(port, stranger))
    await supervisor.stop()
    expect(session.types).not.toContain('model_ready')
    expect(isAlive(stranger)).toBe(true)
    expect(session.of('note')).toEqual([])
  },
)

test.runIf(linux)(
  'a stranger at a port that the plan names for readiness alone fails the service, too',
  async () => {
    const port = await freePort()
    const stranger = await startServer(port)
    const { supervisor } = supervise([late({ ready: { port } })])
    const error = await failureOf(supervisor.acquire(target('native://a')))
    expect(error.message).toBe(saysStranger(port, stranger))
  },
)

test.runIf(linux)(
  'a service whose chosen port a stranger was quicker to take is started once more, on another one',
  async () => {
    const { supervisor, session } = supervise([service('a')])
    const waiting = supervisor.acquire(target('native://a'))
    await until(() => session.types.includes('service_spawned'))
    const [first] = session.of('service_spawned')
    const stranger = createServer((_, response) => response.end('stranger'))
    onTestFinished(() => void stranger.close())
    stranger.listen(first!.port!, '127.0.0.1')
    const { services } = await waiting
    const second = session.of('service_spawned')[1]!
    expect(services[0]!.url).toBe(`http://127.0.0.1:${second.port}`)
    expect(await (await fetch(services[0]!.url!)).text()).toBe('ok')
    expect(session.of('note')).toMatchObject([
      {
        level: 'WARN',
        message: expect.stringMatching(/^Port \d+, .* It is started once more, on another port\.$/),
      },
    ])
  },
)

test.runIf(linux)(
  'workers that share the listening socket of their service are the service',
  async () => {
    const command = [process.execPath, fixture('workers.mjs'), '{port}']
    const { supervisor } = supervise([service('a', [], { command })])
    const held = await supervisor.acquire(target('native://a'))
    expect(await (await fetch(held.services[0]!.url!)).text()).toBe('ok')
  },
)

test.runIf(linux && isRoot)(
  'an owner that cannot be seen is said once, and not refused',
  async () => {
    const ports = [await freePort(), await freePort()]
    await Promise.all(ports.map(startServer))
    const definitions = ports.map((port, index) => ({
      ...late({ ready: { port } }),
      name: `${index}`,
    }))
    const events = await runOfNobody(definitions)
    expect(events.filter(({ type }) => type === 'model_ready')).toHaveLength(2)
    expect(events.filter(({ type }) => type === 'note')).toMatchObject([
      {
        level: 'INFO',
        message: expect.stringMatching(
          /^Which process answers on port \d+ cannot be seen from here: that it is native:\/\/\d is taken for granted\. This is said once\.$/,
        ),
      },
    ])
  },
)

/** The events of a run of another user, who may not look into the processes of this one, until its services are up. */
async function runOfNobody(definitions: ServiceDefinition[]): Promise<SessionEvent[]> {
  const directory = temporaryFolder()
  chmodSync(directory, 0o777)
  const models = definitions.map(({ name }) => `native://${name}`)
  const block = { domain: 'llm', loadouts: [loadout(...models)], scenarios: null }
  const plan = JSON.stringify({ ...planOf(definitions), blocks: [block] })
  const child = spawn(process.execPath, [fixture('run.mjs'), directory, plan], {
    uid: NOBODY,
    gid: NOBODY,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    // Its watchdog ends what it started.
    await until(() => processTable([`JARVIS_SESSION=${directory}`]).every(({ tagged }) => !tagged))
  })
  const events: SessionEvent[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as SessionEvent | { type: 'held' }
    if (event.type === 'held') return events
    events.push(event)
  }
  throw new Error('The run ended')
}

test.runIf(linux)(
  'a container is believed where its engine publishes the port, and a stranger in its place is not',
  async () => {
    let publishes = true
    replaceEngine('vllm', {
      find: async ({ name }) =>
        recipeOf({
          key: name,
          command: () => ({ file: '/bin/sleep', args: ['600'], env: {}, cwd: '/' }),
          port: await freePort(),
          publishes: async () => publishes,
        }),
    })
    const { supervisor, session } = supervise([])
    const started = async (index: number): Promise<number> => {
      await until(() => session.of('service_spawned').length > index)
      return startServer(session.of('service_spawned')[index]!.port!)
    }
    const first = supervisor.acquire(target('vllm://a'))
    await started(0)
    ;(await first).release()
    publishes = false
    const failure = failureOf(supervisor.acquire(target('vllm://b')))
    const stranger = await started(1)
    expect((await failure).message).toContain(`(pid ${stranger})`)
  },
)
