import { expect, test } from 'vitest'
import { withDeadline } from '../../../test/support/deadlines.ts'
import {
  failureOf,
  fixture,
  loadout,
  service,
  supervise,
  target,
  type TestSession,
} from '../../../test/support/services.ts'
import type { ServiceDefinition } from '../../plan/types.ts'

const CHAT = 'POST /v1/chat/completions'
const COMPLETION = 'POST /v1/completions'
const HEARING = 'POST /v1/audio/transcriptions'
const SPEECH = 'POST /v1/audio/speech'

/** A server whose health is well at once. */
function loading(options: string[], more: Partial<ServiceDefinition> = {}): ServiceDefinition {
  const command = [process.execPath, fixture('loading.mjs'), '--port', '{port}', ...options]
  const ready = { url: 'http://127.0.0.1:{port}/health' }
  return service('a', [], { command, ready, ...more })
}

/** What a service was asked besides its health, the same in a row once. */
function asked(session: TestSession, index = 0): string[] {
  const lines = session.log(session.of('service_spawned')[index]!).split('\n')
  const requests = lines.filter((line) => line.startsWith('POST'))
  return requests.filter((line, at) => line !== requests[at - 1])
}

test('a server that is healthy while its model loads is ready when it answers a chat', async () => {
  const { supervisor, session } = supervise([loading(['--loads', '900'])])
  const held = await supervisor.acquire(target('native://a'))
  expect(held.setupTime).toBeGreaterThan(0.8)
  expect(asked(session)).toEqual([CHAT])
  expect(session.types).toContain('model_warming')
})

test('a model that never loads fails at the deadline, with what the server said', async () => {
  const acquire = async (startup_timeout: number) => {
    const { supervisor } = supervise([loading(['--loads', '600000'])], { startup_timeout })
    return failureOf(supervisor.acquire(target('native://a')))
  }
  const hasAnswered = ({ message }: Error): boolean => message.includes('Loading model')
  const { seen: error, seconds } = await withDeadline(3, acquire, hasAnswered)
  expect(error.code).toBe('SERVICE_TIMEOUT')
  expect(error.message).toMatch(
    /^native:\/\/a was not ready after \d+ s: http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions still answers 503 .*Loading model/,
  )
  expect(error.message).toContain(`after ${seconds} s`)
})

test.for([400, 401, 404, 405, 422, 501])(
  'a server that refuses chats with %i has none, and is ready',
  async (status) => {
    const { supervisor, session } = supervise([loading(['--answers', String(status)])])
    await supervisor.acquire(target('native://a'))
    expect(asked(session)).toEqual([CHAT, COMPLETION])
  },
)

test('a server that fails at a chat fails its loadout, as those of other engines do', async () => {
  const { supervisor } = supervise([loading(['--answers', '500'])])
  const error = await failureOf(supervisor.acquire(target('native://a')))
  expect(error.message).toMatch(
    /^native:\/\/a failed while it was starting: native:\/\/a answered \/v1\/chat\/completions with 500/,
  )
})

test('a server that has said that it is ready and listens later is waited for', async () => {
  const late = loading(['--late', '500'], { ready: { log: '^starting' } })
  const { supervisor, session } = supervise([late])
  await supervisor.acquire(target('native://a'))
  expect(asked(session)).toEqual([CHAT])
})

test('what hears or speaks is not asked to chat: an empty request tells whether it is there', async () => {
  const services = [loading(['--loads', '500', '--answers', '404'])]
  for (const domain of ['stt', 'tts'] as const) {
    const { supervisor, session } = supervise(services)
    // oxlint-disable-next-line no-await-in-loop -- one run after the other
    const held = await supervisor.acquire({ domain, loadout: loadout('native://a') })
    expect(held.setupTime).toBeGreaterThan(0.4)
    expect(asked(session)).toEqual([HEARING, SPEECH])
  }
})

test('in speech-to-speech the one in the middle chats', async () => {
  const names = ['a', 'b', 'c']
  const { supervisor, session } = supervise(names.map((name) => ({ ...loading([]), name })))
  const models = names.map((name) => `native://${name}`)
  await supervisor.acquire({ domain: 'sts', loadout: loadout(...models) })
  const spawned = session.of('service_spawned').map((event) => event.service)
  const told = names.map((name) => asked(session, spawned.indexOf(name)))
  expect(told).toEqual([[HEARING, SPEECH], [CHAT], [HEARING, SPEECH]])
})

test('a server of whisper.cpp is asked on its own path alone', async () => {
  const own = loading(['--loads', '500', '--answers', '404'], { api: 'whispercpp' })
  for (const domain of ['stt', 'sts'] as const) {
    const { supervisor, session } = supervise([own])
    // oxlint-disable-next-line no-await-in-loop -- one run after the other
    const held = await supervisor.acquire({ domain, loadout: loadout('native://a') })
    expect(held.services).toMatchObject([{ apis: ['whispercpp'] }])
    expect(asked(session)).toEqual(['POST /inference'])
  }
})

test('a service that scenarios ask by themselves is not asked at all', async () => {
  const { supervisor, session } = supervise([loading(['--loads', '60000'], { api: 'none' })])
  await supervisor.acquire(target('native://a'))
  expect(asked(session)).toEqual([])
})

test.for([
  ['http://[::1]:{port}/health', '::1', '[::1]'],
  ['http://localhost:{port}/health', '127.0.0.1', '127.0.0.1'],
  ['http://127.0.0.2:{port}/health', '127.0.0.2', '127.0.0.2'],
  ['http://0.0.0.0:{port}/health', '0.0.0.0', '127.0.0.1'],
] as const)('ready by %s on %s is asked by scenarios at %s', async ([url, host, asks]) => {
  const { supervisor, session } = supervise([service('a', ['--host', host], { ready: { url } })])
  const held = await supervisor.acquire(target('native://a'))
  const { port } = session.of('service_spawned')[0]!
  expect(held.services[0]!.url).toBe(`http://${asks}:${port}`)
  expect(await (await fetch(held.services[0]!.url!)).text()).toBe('ok')
})

test.for([
  ['its port', undefined],
  ['a line of its log', { log: '^listening' }],
] as const)('ready by %s on ::1 alone is asked by scenarios there', async ([, ready]) => {
  const definition = service('a', ['--host', '::1'], ready && { ready })
  const { supervisor, session } = supervise([definition])
  const held = await supervisor.acquire(target('native://a'))
  expect(held.services[0]!.url).toBe(`http://[::1]:${session.of('service_spawned')[0]!.port}`)
})
