import { mkdtemp, rm } from 'node:fs/promises'
import { type Server, type Socket, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectWorker, type WorkerConnection } from './lease-client.ts'
import type { Lease, LeaseAddress, MainMessage, WorkerMessage } from './lease-protocol.ts'

const lease: Lease = {
  domain: 'llm',
  loadout: 'sim-echo',
  attachments: '/nowhere/attachments',
  services: [],
  repeats: 1,
  legacy: {},
}
const connections: WorkerConnection[] = []
const requestLease = (address: LeaseAddress, from: typeof request) => {
  const connection = connectWorker(address, from, '/nowhere/1.progress')
  connections.push(connection)
  return connection.request(20_000)
}
const request = { project: 'llm sim://echo', file: 'scenarios/llm/hello.scenario.ts' }

type Answer = (message: WorkerMessage, socket: Socket) => MainMessage | string | null

let folder: string
let server: Server
let sockets: Socket[]
let seen: WorkerMessage[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jarvis-lease-'))
  sockets = []
  seen = []
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await new Promise((closed) => server.close(closed))
  await rm(folder, { recursive: true })
})

describe('a lease', () => {
  it('is granted, takes records one by one, and ends with the connection', async () => {
    const address = await listen((message) =>
      message.type === 'lease'
        ? { id: message.id, type: 'granted', lease }
        : { id: message.id, type: 'recorded' },
    )
    const client = await requestLease(address, request)
    expect(client.lease).toEqual(lease)
    const first = client.record({ test: 't1', repeat: 0, output_text: 'Zażółć 漢字' })
    await Promise.all([first, client.record({ test: 't1', repeat: 1 })])
    expect(seen).toEqual([
      {
        id: 1,
        token: 'secret',
        type: 'hello',
        ...request,
        pid: process.pid,
        progress: '/nowhere/1.progress',
        debugged: false,
      },
      { id: 2, token: 'secret', type: 'lease', ...request, limit: 20_000 },
      {
        id: 3,
        token: 'secret',
        type: 'attempt',
        ...request,
        attempt: { test: 't1', repeat: 0, output_text: 'Zażółć 漢字' },
      },
      { id: 4, token: 'secret', type: 'attempt', ...request, attempt: { test: 't1', repeat: 1 } },
    ])
    const ended = new Promise((close) => sockets[0]?.once('close', close))
    connections.at(-1)?.close()
    await ended
    await expect(client.record({ test: 't1', repeat: 2 })).rejects.toMatchObject({
      code: 'LEASE_LOST',
    })
  })

  it('that is refused throws the code and the sentence of the main process', async () => {
    const message = 'ollama is not installed: curl -fsSL https://ollama.com/install.sh | sh'
    const address = await listen(({ id }) => ({ id, type: 'refused', code: 'MISSING', message }))
    await expect(requestLease(address, request)).rejects.toMatchObject({
      name: 'JarvisError',
      code: 'MISSING',
      message,
    })
  })

  it('that never comes is given up after the time limit', async () => {
    const address = await listen(() => null)
    await expect(requestLease({ ...address, timeout: 60 }, request)).rejects.toMatchObject({
      code: 'SERVICE_TIMEOUT',
    })
  })

  it('is lost when the main process dies while it is awaited or held', async () => {
    const dying = await listen((_, socket) => {
      socket.destroy()
      return null
    })
    await expect(requestLease(dying, request)).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })

  it('is lost when the main process dies before it acknowledges a record', async () => {
    const address = await listen((message, socket) => {
      if (message.type === 'lease') return { id: message.id, type: 'granted', lease }
      socket.destroy()
      return null
    })
    const client = await requestLease(address, request)
    await expect(client.record({ test: 't', repeat: 0 })).rejects.toMatchObject({
      code: 'LEASE_LOST',
    })
  })

  it('cannot be had from an address where nobody listens, or from one that talks nonsense', async () => {
    const address = await listen(() => 'HTTP/1.1 400 Bad Request')
    await expect(requestLease(address, request)).rejects.toThrow(/HTTP\/1.1 400/)
    const nobody = { ...address, socket: `${address.socket}-nobody` }
    await expect(requestLease(nobody, request)).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })
})

async function listen(answer: Answer): Promise<LeaseAddress> {
  server = createServer((socket) => {
    sockets.push(socket)
    createInterface({ input: socket }).on('line', (line) => {
      const message = JSON.parse(line) as WorkerMessage
      seen.push(message)
      const reply = asksNothing(message) ? null : answer(message, socket)
      if (reply) socket.write(`${typeof reply === 'string' ? reply : JSON.stringify(reply)}\n`)
    })
  })
  const windows = process.platform === 'win32'
  const socket = windows ? `\\\\.\\pipe\\jarvis-${process.pid}-${Date.now()}` : join(folder, 's')
  await new Promise<void>((listening) => server.listen(socket, listening))
  return { socket, token: 'secret', timeout: 60_000, notes: null }
}

const asksNothing = ({ type }: WorkerMessage): boolean =>
  ['hello', 'beat', 'release'].includes(type)
