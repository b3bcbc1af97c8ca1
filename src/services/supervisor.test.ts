import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import {
  childrenIn,
  isAlive,
  loadout,
  service,
  supervise,
  target,
  TestSession,
  until,
} from '../../test/support/services.ts'
import { JarvisError } from '../errors.ts'

async function failureOf(promise: Promise<unknown>): Promise<JarvisError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof JarvisError))
    throw new Error('It did not fail as jarvis', { cause: error })
  return error
}

test('a loadout is up when it is granted, and its story is told in order', async () => {
  const { supervisor, session, watched } = supervise([service('a'), service('b')])
  const held = await supervisor.acquire(target('native://a', 'native://b'))
  expect(
    held.services.map(({ name, engine, model, apis }) => ({ name, engine, model, apis })),
  ).toEqual([
    { name: 'a', engine: 'native', model: 'a', apis: ['openai'] },
    { name: 'b', engine: 'native', model: 'b', apis: ['openai'] },
  ])
  expect(await (await fetch(held.services[1]!.url!)).text()).toBe('ok')
  expect(watched.size).toBe(2)
  held.release()
  await supervisor.stop()
  expect(watched.size).toBe(0)
  expect(session.types.toSorted()).toEqual(
    [
      ...['loadout_starting', 'model_loading', 'model_loading', 'service_spawned'],
      ...['service_spawned', 'model_ready', 'model_ready', 'loadout_ready'],
      ...['service_exited', 'service_exited', 'loadout_stopped'],
    ].toSorted(),
  )
  expect(session.types.at(0)).toBe('loadout_starting')
  expect(session.types.at(-1)).toBe('loadout_stopped')
  expect(session.of('service_exited').every(({ expected }) => expected)).toBe(true)
  expect(session.of('service_spawned').some(({ pid }) => isAlive(pid))).toBe(false)
  expect(readdirSync(session.directory)).toEqual([
    expect.stringMatching(/^svc_llm_a_\d{8}_\d{6}\.log$/),
    expect.stringMatching(/^svc_llm_b_\d{8}_\d{6}\.log$/),
  ])
})

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
  expect(Object.keys(seen).toSorted()).toEqual([
    ...['HF_HOME', 'JARVIS_SERVICE', 'JARVIS_SESSION', 'MINE', 'PATH', 'PYTHONUNBUFFERED'],
  ])
  expect(seen).toMatchObject({ JARVIS_SESSION: session.directory, MINE: new URL(url).port })
})

test('one loadout runs at a time, in the order of asking', async () => {
  const { supervisor, session } = supervise([service('a'), service('b')])
  const first = await supervisor.acquire(target('native://a'))
  const second = await supervisor.acquire(target('native://a'))
  let granted = false
  const other = supervisor.acquire(target('native://b')).then((held) => {
    granted = true
    return held
  })
  first.release()
  first.release()
  await sleep(50)
  expect(granted).toBe(false)
  second.release()
  await other
  const [a, b] = session.of('service_spawned')
  expect([isAlive(a!.pid), isAlive(b!.pid)]).toEqual([false, true])
  const stopped = session.types.indexOf('loadout_stopped')
  expect(stopped).toBeLessThan(session.types.lastIndexOf('loadout_starting'))
})

test('a service that dies while loading fails its loadout with its last lines, for good', async () => {
  const options = [
    '--say',
    'loading \u001B[31mweights\u001B[0m',
    '--say',
    'out of memory',
    '--die',
    '3',
  ]
  const { supervisor, session } = supervise([service('a', options), service('b')])
  const wanted = target('native://b', 'native://a')
  const error = await failureOf(supervisor.acquire(wanted))
  const log = session.of('service_spawned').find((event) => event.service === 'a')!.log
  expect(error.code).toBe('SERVICE_FAILED')
  expect(error.message).toBe(
    `native://a exited with code 3 before it was ready. Last lines of ${log}:\n  loading weights\n  out of memory`,
  )
  expect(await failureOf(supervisor.acquire(wanted))).toBe(error)
  expect(supervisor.facts('llm', wanted.loadout.name).failure).toBe(error)
  await supervisor.stop()
  expect(session.of('loadout_failed')).toMatchObject([
    { code: 'SERVICE_FAILED', last_lines: ['loading weights', 'out of memory'] },
  ])
  expect(session.of('service_exited')).toContainEqual(
    expect.objectContaining({ service: 'a', code: 3, expected: false }),
  )
  expect(session.of('service_spawned').some(({ pid }) => isAlive(pid))).toBe(false)
})

test('a service that is never ready is stopped at its deadline, tree and all', async () => {
  const never = service('a', ['--never-ready', '--child', '--say', 'hello'], {
    ready: { port: true, timeout: 0.6 },
  })
  const { supervisor, session } = supervise([never])
  const error = await failureOf(supervisor.acquire(target('native://a')))
  expect(error.code).toBe('SERVICE_TIMEOUT')
  expect(error.message).toMatch(
    /^native:\/\/a was not ready after 0\.6 s: port \d+ does not accept connections\. Last lines of svc_llm_a_\S+:\n  hello\n/,
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

test('a service that dies is told at once, swept up, started again once, and then stays down', async () => {
  const { supervisor, session } = supervise([service('a', ['--escapee']), service('b')])
  const wanted = target('native://a', 'native://b')
  const die = async (url: string): Promise<void> => {
    await fetch(`${url}/exit`).catch(() => {})
  }
  const first = await supervisor.acquire(wanted)
  await die(first.services[0]!.url!)
  await until(() => session.of('service_exited').length === 1)
  expect(session.of('service_exited')).toMatchObject([{ service: 'a', code: 9, expected: false }])
  expect(supervisor.facts('llm', wanted.loadout.name)).toMatchObject({
    failure: null,
    deaths: [{ service: 'a', message: 'native://a exited with code 9', code: 9 }],
  })
  const [spawned] = session.of('service_spawned').filter((event) => event.service === 'a')
  await until(() => !childrenIn(session.log(spawned!)).some(isAlive))
  first.release()

  const second = await supervisor.acquire(wanted)
  expect(session.of('service_spawned').map((event) => event.service)).toEqual(['a', 'b', 'a'])
  expect(second.services[1]!.url).toBe(first.services[1]!.url)
  await die(second.services[0]!.url!)
  await until(() => session.of('loadout_failed').length === 1)
  second.release()
  const error = await failureOf(supervisor.acquire(wanted))
  expect(error.message).toMatch(/^native:\/\/a exited with code 9 after it was started again/)
})

test('cancel refuses those who wait at once and leaves what runs until stop', async () => {
  const { supervisor, session } = supervise([service('a'), service('b')])
  await supervisor.acquire(target('native://a'))
  const waiting = failureOf(supervisor.acquire(target('native://b')))
  supervisor.cancel('Cancelled by the user.')
  expect(await waiting).toMatchObject({ code: 'CANCELLED', message: 'Cancelled by the user.' })
  expect((await failureOf(supervisor.acquire(target('native://a')))).code).toBe('CANCELLED')
  const [spawned] = session.of('service_spawned')
  expect(isAlive(spawned!.pid)).toBe(true)
  await supervisor.stop()
  await supervisor.stop()
  expect(isAlive(spawned!.pid)).toBe(false)
  supervisor.newRun()
  await supervisor.acquire(target('native://b'))
})

test('cancel interrupts a service that is starting', async () => {
  const { supervisor, session } = supervise([service('a', ['--never-ready'])])
  const waiting = failureOf(supervisor.acquire(target('native://a')))
  await until(() => session.types.includes('service_spawned'))
  supervisor.cancel('Cancelled.')
  expect((await waiting).code).toBe('CANCELLED')
  await supervisor.stop()
  expect(session.of('loadout_failed')).toEqual([])
  expect(session.of('service_spawned').some(({ pid }) => isAlive(pid))).toBe(false)
  expect(session.types.at(-1)).toBe('loadout_stopped')
})

test('a worker that goes away while it waits does not hold up the others', async () => {
  const { supervisor } = supervise([service('a'), service('b'), service('c')])
  const held = await supervisor.acquire(target('native://a'))
  const gone = new AbortController()
  const waiting = failureOf(supervisor.acquire(target('native://b'), gone.signal))
  const next = supervisor.acquire(target('native://c'))
  gone.abort()
  expect((await waiting).code).toBe('CANCELLED')
  held.release()
  expect((await next).services[0]!.name).toBe('c')
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
  expect((await failureOf(supervisor.acquire(target('vllm://x')))).message).toMatch(
    /^jarvis cannot start vllm:\/\/ services yet/,
  )
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
  const { supervisor, session } = supervise([byUrl, byLog])
  const wanted = target('native://a', 'native://b')
  await supervisor.acquire(wanted)
  const sizes = (): number => supervisor.logSizes('llm', wanted.loadout.name)[1]!.bytes
  const before = sizes()
  await until(() => sizes() > before)
  const files = supervisor.logSizes('llm', wanted.loadout.name).map(({ file }) => file)
  expect(files).toEqual(session.of('service_spawned').map(({ log }) => log))
})

test('with restart: domain a process serves the next loadout that needs the like', async () => {
  const { supervisor, session } = supervise([service('a'), service('b')], { restart: 'domain' })
  const first = await supervisor.acquire(target('native://a', 'native://b'))
  first.release()
  const second = await supervisor.acquire(target('native://a#stream'))
  expect(second.services).toMatchObject([
    { name: 'a', url: first.services[0]!.url, flags: { stream: true } },
  ])
  const [, b] = session.of('service_spawned')
  expect(session.of('service_exited').map(({ pid }) => pid)).toEqual([b!.pid])
  second.release()
  await supervisor.acquire({ domain: 'stt', loadout: loadout('native://a') })
  expect(session.of('service_spawned')).toHaveLength(3)
})

test('in watch mode a later session is told what runs, with the log where it is', async () => {
  const { supervisor, session } = supervise([service('a')])
  const held = await supervisor.acquire(target('native://a'))
  held.release()
  const later = new TestSession()
  supervisor.newRun()
  supervisor.attach(later)
  expect(later.types).toEqual([])
  const again = await supervisor.acquire(target('native://a'))
  expect(again).toMatchObject({ setupTime: held.setupTime })
  expect(later.types).toEqual([
    'loadout_starting',
    'service_spawned',
    'model_ready',
    'loadout_ready',
  ])
  const [spawned] = session.of('service_spawned')
  const [told] = later.of('service_spawned')
  expect(told).toMatchObject({
    pid: spawned!.pid,
    log: expect.stringMatching(/^\.\.\/.+\/svc_llm_a_/),
  })
  again.release()
  await supervisor.stop()
  expect(later.types.slice(4)).toEqual(['service_exited', 'loadout_stopped'])
  expect(session.types).not.toContain('service_exited')
})

test('a head start begins before anybody asks, and costs a service that is ready at once little', async () => {
  const { supervisor, session } = supervise([service('a')])
  supervisor.prepare(target('native://a'))
  await until(() => session.types.includes('loadout_ready'))
  const held = await supervisor.acquire(target('native://a'))
  expect(session.of('service_spawned')).toHaveLength(1)
  expect(held.setupTime).toBeLessThan(1)
})
