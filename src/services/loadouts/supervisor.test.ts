import { setTimeout as sleep } from 'node:timers/promises'
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  childrenIn,
  failureOf,
  isAlive,
  loadout,
  service,
  supervise,
  target,
  TestSession,
  until,
} from '../../../test/support/services.ts'

const EVENTS_OF_TWO =
  'loadout_starting model_loading model_loading service_spawned service_spawned model_warming model_warming ' +
  'model_ready model_ready loadout_ready service_exited service_exited loadout_stopped'

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
  expect(session.types.toSorted()).toEqual(EVENTS_OF_TWO.split(' ').toSorted())
  expect(session.types.at(0)).toBe('loadout_starting')
  expect(session.types.at(-1)).toBe('loadout_stopped')
  expect(session.of('service_exited').every(({ expected }) => expected)).toBe(true)
  expect(session.of('service_spawned').some(({ pid }) => isAlive(pid))).toBe(false)
  expect(readdirSync(session.directory)).toEqual([
    expect.stringMatching(/^svc_llm_a_\d{8}_\d{6}\.log$/),
    expect.stringMatching(/^svc_llm_b_\d{8}_\d{6}\.log$/),
  ])
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

test.skipIf(process.platform === 'win32')(
  'a service that is ended for an instruction of another processor is told with what to build',
  async () => {
    const { supervisor } = supervise([service('a', ['--illegal'])])
    const error = await failureOf(supervisor.acquire(target('native://a')))
    expect(error.message).toMatch(
      /^native:\/\/a was ended by SIGILL before it was ready\. It was built for the instructions of another processor .* generic build\. /,
    )
  },
)

test('a service that dies while loading fails its loadout with its last lines, for good', async () => {
  const options = [
    '--say',
    'loading \u001B[31mweights\u001B[0m',
    '--say',
    'out of memory',
    '--die',
    '3',
  ]
  const { book, supervisor, session } = supervise([service('a', options), service('b')])
  const wanted = target('native://b', 'native://a')
  const error = await failureOf(supervisor.acquire(wanted))
  const log = session.of('service_spawned').find((event) => event.service === 'a')!.log
  expect(error.code).toBe('SERVICE_FAILED')
  expect(error.message).toBe(
    `native://a exited with code 3 before it was ready. Last lines of ${log}:\n  loading weights\n  out of memory`,
  )
  expect(await failureOf(supervisor.acquire(wanted))).toBe(error)
  expect(book.facts({ domain: 'llm', loadout: wanted.loadout.name }).failure).toBe(error)
  await supervisor.stop()
  expect(session.of('loadout_failed')).toMatchObject([
    { code: 'SERVICE_FAILED', last_lines: ['loading weights', 'out of memory'] },
  ])
  expect(session.of('service_exited')).toContainEqual(
    expect.objectContaining({ service: 'a', code: 3, expected: false }),
  )
  expect(session.of('service_spawned').some(({ pid }) => isAlive(pid))).toBe(false)
  expect(session.types.slice(-1)).toEqual(['loadout_stopped'])
})

test('a loadout of which nothing was started ends with its failure', async () => {
  const { supervisor, session } = supervise([service('a')])
  await failureOf(supervisor.acquire(target('native://absent')))
  const held = await supervisor.acquire(target('native://a'))
  held.release()
  expect(session.types.slice(0, 3)).toEqual([
    'loadout_starting',
    'loadout_failed',
    'loadout_starting',
  ])
})

test('a service that dies is told at once, swept up, started again once, and then stays down', async () => {
  const { book, supervisor, session } = supervise([service('a', ['--escapee']), service('b')])
  const wanted = target('native://a', 'native://b')
  const die = async (url: string): Promise<void> => {
    await fetch(`${url}/exit`).catch(() => {})
  }
  const first = await supervisor.acquire(wanted)
  await die(first.services[0]!.url!)
  await until(() => session.of('service_exited').length === 1)
  expect(session.of('service_exited')).toMatchObject([{ service: 'a', code: 9, expected: false }])
  expect(book.facts({ domain: 'llm', loadout: wanted.loadout.name })).toMatchObject({
    failure: null,
    deaths: [{ service: 'a', message: 'native://a exited with code 9', code: 9 }],
  })
  const [spawned] = session.of('service_spawned').filter((event) => event.service === 'a')
  await until(() => !childrenIn(session.log(spawned!)).some(isAlive))
  first.release()

  const second = await supervisor.acquire(wanted)
  expect(session.of('service_spawned').map((event) => event.service)).toEqual(['a', 'b', 'a'])
  expect(session.of('service_restarted')).toMatchObject([
    { service: 'a', model: 'native://a', reason: 'native://a exited with code 9' },
  ])
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
  supervisor.newRun([])
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

test('with restart: domain a process serves the next loadout that needs the like', async () => {
  const { book, supervisor, session } = supervise([service('a'), service('b')], {
    restart: 'domain',
  })
  const first = await supervisor.acquire(target('native://a', 'native://b'))
  first.release()
  const second = await supervisor.acquire(target('native://a#stream'))
  expect(second.services).toMatchObject([
    { name: 'a', url: first.services[0]!.url, flags: { stream: true } },
  ])
  // What it needs was warm already.
  expect(
    book.facts({ domain: 'llm', loadout: target('native://a#stream').loadout.name }),
  ).toMatchObject({
    isFresh: false,
  })
  const [, b] = session.of('service_spawned')
  expect(session.of('service_exited').map(({ pid }) => pid)).toEqual([b!.pid])
  second.release()
  await supervisor.acquire({ domain: 'stt', loadout: loadout('native://a') })
  expect(session.of('service_spawned')).toHaveLength(3)
})

test('a process that is kept for a loadout of a later session is told there as one that was started', async () => {
  const { supervisor, session } = supervise([service('a')], { restart: 'run' })
  ;(await supervisor.acquire(target('native://a'))).release()
  ;(await supervisor.acquire(target('native://a#stream'))).release()
  const { pid, process_start } = session.of('service_spawned')[0]!
  expect(session.of('service_spawned')).toHaveLength(1)
  expect(session.of('service_kept')).toMatchObject([
    { model: 'native://a#stream', loadout: 'native-a-stream', pid, process_start },
  ])
  const later = new TestSession()
  supervisor.newRun([])
  supervisor.attach(later)
  await supervisor.acquire(target('native://a#voice=x'))
  expect(later.of('service_kept')).toEqual([])
  expect(later.of('service_spawned')).toMatchObject([{ model: 'native://a#voice=x', pid }])
})

test('in watch mode a later session is told what runs, with the log where it is', async () => {
  const { supervisor, session } = supervise([service('a')])
  const held = await supervisor.acquire(target('native://a'))
  held.release()
  const later = new TestSession()
  supervisor.newRun([])
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

test('a head start begins before anybody asks', async () => {
  const { supervisor, session } = supervise([service('a')])
  supervisor.prepare(target('native://a'))
  await until(() => session.types.includes('loadout_ready'))
  await supervisor.acquire(target('native://a'))
  expect(session.of('service_spawned')).toHaveLength(1)
})
