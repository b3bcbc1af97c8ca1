import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test, vi } from 'vitest'
import { until } from '../../../test/support/services.ts'
import { JarvisError } from '../../errors.ts'
import { connectWorker } from './lease-client.ts'
import type { AttemptRecord, Lease, MainMessage } from './lease-protocol.ts'
import { type Granted, LeaseServer } from './lease-server.ts'

const lease: Lease = {
  domain: 'llm',
  loadout: 'a',
  attachments: '/tmp',
  services: [],
  repeats: 1,
  legacy: {},
}

async function serve(acquire: (signal: AbortSignal, file: string) => Promise<Granted>): Promise<{
  address: { socket: string; token: string }
  server: LeaseServer
  attempts: AttemptRecord[]
}> {
  const attempts: AttemptRecord[] = []
  const server = new LeaseServer({
    acquire: (_, file, signal) => acquire(signal, file),
    onAttempt: (_, __, attempt) => void attempts.push(attempt),
  })
  onTestFinished(() => server.close())
  return { address: await server.listen(), server, attempts }
}

const granting =
  (release: () => void = () => {}) =>
  async (): Promise<Granted> => ({ lease, release })

async function worker(path: string): Promise<{
  socket: Socket
  say: (message: object) => void
  hear: () => Promise<MainMessage>
  closed: Promise<unknown>
}> {
  const socket = connect(path)
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  return {
    socket,
    say: (message) => void socket.write(`${JSON.stringify(message)}\n`),
    hear: async () => JSON.parse((await lines.next()).value as string) as MainMessage,
    closed: new Promise((resolve) => void socket.once('close', resolve)),
  }
}

const file = { project: 'p', file: 'f' }

test('a worker gets its lease, tells its attempts, and gives the lease back by closing', async () => {
  const release = vi.fn<() => void>()
  const { address, attempts } = await serve(granting(release))
  const { say, hear, socket } = await worker(address.socket)
  say({ id: 1, type: 'lease', token: address.token, ...file })
  expect(await hear()).toEqual({ id: 1, type: 'granted', lease })
  say({ id: 2, type: 'attempt', token: address.token, ...file, attempt: { test: 't', repeat: 0 } })
  expect(await hear()).toEqual({ id: 2, type: 'recorded' })
  expect(attempts).toEqual([{ test: 't', repeat: 0 }])
  expect(release).not.toHaveBeenCalled()
  socket.destroy()
  await until(() => release.mock.calls.length === 1)
})

test('what the requests of a file have learned is told to the next one of its loadout, and to no other', async () => {
  const { address } = await serve(granting())
  const first = connectWorker({ ...address, timeout: 60_000, notes: null }, file, null)
  const { lease: before, record } = await first.request(null)
  expect(before).not.toHaveProperty('learned')
  first.learn({ a: { seed: null } })
  first.learn({ b: true })
  // Answered behind what was told before.
  await record({ test: 't', repeat: 0 })
  first.close()
  const learnedBy = async (project: string): Promise<unknown> => {
    const from = { project, file: 'g' }
    const next = connectWorker({ ...address, timeout: 60_000, notes: null }, from, null)
    const { lease: granted } = await next.request(null)
    next.close()
    return granted.learned
  }
  expect(await learnedBy('p')).toEqual({ a: { seed: null }, b: true })
  expect(await learnedBy('q')).toBeUndefined()
})

test('a refusal carries the code and the sentence', async () => {
  const { address } = await serve(async () => {
    throw new JarvisError('MISSING', 'It is not here.')
  })
  const { say, hear } = await worker(address.socket)
  say({ id: 1, type: 'lease', token: address.token, ...file })
  const message = 'It is not here.'
  expect(await hear()).toEqual({ id: 1, type: 'refused', code: 'MISSING', message })
})

test('a worker that goes before its lease comes is not waited for', async () => {
  const granted = Promise.withResolvers<Granted>()
  const release = vi.fn<() => void>()
  let signal: AbortSignal | undefined
  const { address } = await serve((given) => {
    signal = given
    return granted.promise
  })
  const { say, socket } = await worker(address.socket)
  say({ id: 1, type: 'lease', token: address.token, ...file })
  await until(() => signal !== undefined)
  socket.destroy()
  await until(() => signal?.aborted === true)
  granted.resolve({ lease, release })
  await until(() => release.mock.calls.length === 1)
  expect(release).toHaveBeenCalledOnce()
})

test.for<[string, (token: string) => string]>([
  ['a wrong token', () => JSON.stringify({ id: 1, type: 'lease', token: 'x', ...file })],
  ['no token', () => JSON.stringify({ id: 1, type: 'lease', ...file })],
  ['no JSON', () => 'GET / HTTP/1.1'],
  ['JSON of another kind', () => 'null'],
  ['another message', (token) => JSON.stringify({ id: 1, type: 'stop', token, ...file })],
  ['a long line without a token', () => 'x'.repeat(100 * 1024)],
  ['an endless line', () => 'x'.repeat(65 * 1024 * 1024)],
])('%s is answered by closing', async ([, line]) => {
  const acquire = vi.fn<() => Promise<Granted>>(granting())
  const { address } = await serve(acquire)
  const { socket, closed } = await worker(address.socket)
  socket.write(`${line(address.token)}\n`)
  await closed
  expect(acquire).not.toHaveBeenCalled()
})

test('close gives every lease back and leaves no socket', async () => {
  const release = vi.fn<() => void>()
  const { address, server } = await serve(granting(release))
  const { say, hear, closed } = await worker(address.socket)
  say({ id: 1, type: 'lease', token: address.token, ...file })
  await hear()
  await server.close()
  await closed
  await until(() => release.mock.calls.length === 1)
  await expect(once(connect(address.socket), 'connect')).rejects.toThrow(/ECONNREFUSED|ENOENT/)
})

test('the client of the workers and this server understand each other', async () => {
  const release = vi.fn<() => void>()
  const { address, attempts } = await serve(granting(release))
  const connection = connectWorker({ ...address, timeout: 60_000, notes: null }, file, null)
  const client = await connection.request(null)
  expect(client.lease).toEqual(lease)
  await client.record({ test: 't', repeat: 1, output_text: 'x'.repeat(1_000_000) })
  expect(attempts).toHaveLength(1)
  expect(release).not.toHaveBeenCalled()
  connection.release()
  await until(() => release.mock.calls.length === 1)
  connection.close()
  await until(() => release.mock.calls.length === 1)
})
