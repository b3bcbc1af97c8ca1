import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { withDeadline } from '../../../test/support/deadlines.ts'
import {
  childrenIn,
  failureOf,
  isAlive,
  service,
  supervise,
  target,
  until,
} from '../../../test/support/services.ts'

test('a service sees an allow-list of the environment and the tags of its session', async () => {
  const env = {
    PATH: process.env['PATH'],
    SECRET_TOKEN: 'x',
    HF_HOME: '/models',
    NODE_OPTIONS: '--bad',
  }
  const { supervisor, session } = supervise(
    [service('a', [], { env: { MINE: '{port}' } })],
    {},
    env,
  )
  const { services } = await supervisor.acquire(target('native://a'))
  const url = services[0]!.url!
  const seen = (await (await fetch(`${url}/environment`)).json()) as Record<string, string>
  expect(Object.keys(seen).toSorted().join(' ')).toBe(
    'HF_HOME JARVIS_SERVICE JARVIS_SESSION MINE PATH PYTHONUNBUFFERED',
  )
  expect(seen).toMatchObject({ JARVIS_SESSION: session.directory, MINE: new URL(url).port })
})

test('a service that is never ready is stopped at its deadline, tree and all', async () => {
  const acquire = async (timeout: number) => {
    const never = service('a', ['--never-ready', '--child', '--say', 'hello'], {
      ready: { port: true, timeout },
    })
    const { supervisor, session } = supervise([never])
    return { session, error: await failureOf(supervisor.acquire(target('native://a'))) }
  }
  // By its deadline: it goes on to speak while it is stopped.
  const hasSpoken = (seen: Awaited<ReturnType<typeof acquire>>): boolean =>
    seen.error.message.includes('\n  hello\n  child ')
  const { seen, seconds } = await withDeadline(0.6, acquire, hasSpoken)
  const { error, session } = seen
  expect(error.code).toBe('SERVICE_TIMEOUT')
  const after = `native://a was not ready after ${seconds} s: port `
  expect(error.message.slice(0, after.length)).toBe(after)
  expect(error.message.slice(after.length)).toMatch(
    /^\d+ does not accept connections\. Last lines of svc_llm_a_\S+:\n  hello\n/,
  )
  await until(() => session.types.includes('loadout_stopped'))
  const [spawned] = session.of('service_spawned')
  const children = childrenIn(session.log(spawned!))
  expect(children).toHaveLength(1)
  expect([spawned!.pid, ...children].some(isAlive)).toBe(false)
})

test('a service that ignores SIGTERM and forks into another session leaves nothing behind', async () => {
  const { supervisor, session } = supervise([service('a', ['--stubborn', '--child', '--escapee'])])
  const held = await supervisor.acquire(target('native://a'))
  const [spawned] = session.of('service_spawned')
  await until(() => session.log(spawned!).match(/^up$/gm)?.length === 2)
  const pids = [spawned!.pid, ...childrenIn(session.log(spawned!))]
  expect(pids.map(isAlive)).toEqual([true, true, true])
  held.release()
  await supervisor.stop()
  expect(pids.map(isAlive)).toEqual([false, false, false])
  expect(session.of('service_exited')).toMatchObject([{ signal: 'SIGKILL', expected: true }])
})

test('a native name without a definition is MISSING with the lines that would define it', async () => {
  const { supervisor, session } = supervise([
    service('b', [], { command: ['no-such-program-here'] }),
  ])
  const error = await failureOf(supervisor.acquire(target('native://a')))
  expect(error.message).toMatchInlineSnapshot(`
    "No service is defined for native://a. Add it to the plan or to plans/services.yaml:

    services:
      a:
        command: PROGRAM --port {port}
        ready: { url: "http://127.0.0.1:{port}/health" }
        api: openai"
  `)
  expect(session.types).toEqual(['loadout_starting', 'loadout_failed'])
  const program = await failureOf(supervisor.acquire(target('native://b')))
  expect(program).toMatchObject({ code: 'MISSING' })
  expect(program.message).toMatch(/no-such-program-here was not found on PATH/)
})

test('a fixed port that is taken names the process that has it', async () => {
  const script =
    'require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })'
  const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void holder.kill())
  const [port] = (await once(holder.stdout, 'data')) as [Buffer]
  const { supervisor } = supervise([service('a', [], { port: Number(port) })])
  const error = await failureOf(supervisor.acquire(target('native://a')))
  expect(error.code).toBe('PORT_IN_USE')
  const by = process.platform === 'linux' ? ` by \\S+ \\(pid ${holder.pid}\\)` : ''
  expect(error.message).toMatch(
    new RegExp(`^Port ${Number(port)}, which native://a needs, is in use${by}:`),
  )
})

test('a chosen port that is lost is chosen once more', async () => {
  const busy = service('a', [
    '--say',
    'Error: listen EADDRINUSE: address already in use',
    '--die',
    '1',
  ])
  const { supervisor, session } = supervise([busy])
  const error = await failureOf(supervisor.acquire(target('native://a')))
  expect(error.code).toBe('PORT_IN_USE')
  const ports = session.of('service_spawned').map((event) => event.port)
  expect(new Set(ports).size).toBe(2)
})

test('readiness by URL and by a line of a flooded log, and sizes of logs', async () => {
  const byUrl = service('a', [], { ready: { url: 'http://127.0.0.1:{port}/health' } })
  const byLog = service('b', ['--flood'], { ready: { log: '^listen' } })
  const { book, supervisor, session } = supervise([byUrl, byLog])
  const wanted = target('native://a', 'native://b')
  await supervisor.acquire(wanted)
  const both = { domain: 'llm', loadout: wanted.loadout.name }
  const sizes = (): number => book.logMarks(both)[1]!.bytes
  const before = sizes()
  await until(() => sizes() > before)
  const files = book.logMarks(both).map(({ file }) => file)
  expect(files).toEqual(session.of('service_spawned').map(({ log }) => log))
})
