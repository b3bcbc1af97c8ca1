import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { current } from '../../src/scenario/current.ts'
import { AttemptRecorder } from '../../src/scenario/recorder.ts'
import type { Lease, LeasedService } from '../../src/services/leases/lease-protocol.ts'

/** Answers a request of one path. */
export type Handler = (body: Buffer, response: ServerResponse) => unknown

/** An HTTP server that plays an AI service, with a lease and a recorder as a running scenario has them. */
export interface StandIn {
  /** The project's root; the scenario is `llm/hello.scenario.ts`, the session `session`. */
  root: string
  url: string
  handlers: Record<string, Handler>
  /** The last body of each path: JSON, or the raw text of a form. */
  bodies: Record<string, unknown>
  recorder: AttemptRecorder
  /** Makes `count` services with these properties the loadout. */
  lease(service: Partial<LeasedService> & { domain?: Lease['domain'] }, count?: number): void
  /** Runs something as a test's attempt. */
  within<Value>(act: () => Promise<Value>): Promise<Value>
  stop(): Promise<void>
}

/** Starts one on a free port. */
export async function standIn(): Promise<StandIn> {
  const root = await mkdtemp(join(tmpdir(), 'jarvis-stand-in-'))
  const handlers: StandIn['handlers'] = {}
  const bodies: StandIn['bodies'] = {}
  const recorder = new AttemptRecorder(join(root, 'llm', 'hello.scenario.ts'), root)
  const server = createServer((request, response) => {
    void answer({ handlers, bodies }, request, response)
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    root,
    url,
    handlers,
    bodies,
    recorder,
    lease: (service, count = 1) => {
      current().lease = leaseOf(root, { url, ...service }, count)
    },
    within: (act) => current().attempt.run(recorder, act),
    stop: () => stop(server, root),
  }
}

/** Answers with a status and a text. */
export function failing(status: number, text: string): Handler {
  return (_, response) => response.writeHead(status).end(text)
}

/** Sends pieces, each after its pause in milliseconds. */
export function streamOf(...pieces: (string | Buffer | [number, string | Buffer])[]): Handler {
  return async (_, response) => {
    response.flushHeaders()
    for (const piece of pieces) {
      const [pause, data] = Array.isArray(piece) ? piece : [0, piece]
      // oxlint-disable-next-line no-await-in-loop -- the pauses are the point
      if (pause > 0) await sleep(pause)
      response.write(data)
    }
    response.end()
  }
}

/** A WAV header of 16 kHz mono that says it is followed by `length` bytes. */
export function wavHeader(length: number): Buffer {
  const bytes = Buffer.alloc(44)
  bytes.write('RIFF', 0)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(16_000, 24)
  bytes.writeUInt32LE(32_000, 28)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(length, 40)
  return bytes
}

/** Whether a measured time is a pause that was made: timers are never early, and late on a busy machine. */
export function near(seconds: number | null, milliseconds: number): boolean {
  if (seconds === null) return false
  const late = seconds * 1000 - milliseconds
  return late > -EARLY_MS && late < LATE_MS
}

const EARLY_MS = 10
const LATE_MS = 1_000

async function answer(
  { handlers, bodies }: Pick<StandIn, 'handlers' | 'bodies'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const body = Buffer.concat(parts)
  const path = request.url ?? ''
  const json = request.headers['content-type'] === 'application/json'
  bodies[path] = json ? JSON.parse(body.toString()) : body.toString('latin1')
  await (handlers[path] ?? failing(404, 'no such path'))(body, response)
}

function leaseOf(
  root: string,
  { domain = 'llm', ...service }: Parameters<StandIn['lease']>[0],
  count: number,
): Lease {
  const base = { engine: 'sim', url: null, apis: ['openai' as const], flags: {}, log: null }
  const services = Array.from({ length: count }, (_, index) => {
    const suffix = index === 0 ? '' : `-${index + 1}`
    return { name: `sim${suffix}`, model: `echo${suffix}`, ...base, ...service }
  })
  const attachments = join(root, 'session', 'attachments')
  mkdirSync(dirname(attachments), { recursive: true })
  return { domain, loadout: 'sim-echo', attachments, services, repeats: 1, legacy: {} }
}

async function stop(server: Server, root: string): Promise<void> {
  current().lease = undefined
  server.closeAllConnections()
  server.close()
  await rm(root, { recursive: true })
}
