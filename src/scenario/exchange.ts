import type { FormData, Response } from 'undici'
import { messageOf } from '../errors.ts'
import { type HttpClient, httpClient } from '../host/http-client.ts'
import { performance } from '../host/real-time.ts'
import { pastClosedConnections } from '../host/reused-connection.ts'
import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { type Arrival, arrivals } from './answers/arrivals.ts'
import { apiUrl, authorization, withoutKey } from './authorization.ts'
import { noteAnswer, noteRequest } from './current.ts'
import { noteSent } from './doubt.ts'
import { Parameters } from './parameters.ts'
import { practiseRequests } from './practice-requests.ts'
import { type ErrorFacts, noteOfStatus, ServiceError } from './service-error.ts'

export { ServiceError } from './service-error.ts'

/** How much of an unexpected answer a message quotes, in characters. */
const QUOTE_LENGTH = 200

/** How much of an answer that is no success is read. */
const MOST_OF_ERROR_BYTES = 64 * 1024
/** An answer that is longer, also one that was packed, is none: three quarters of an hour of speech have less. */
const MOST_MIB = 128
const MOST_BYTES = MOST_MIB * 1024 * 1024

/** What a request consists of. */
export interface RequestInit {
  body: Record<string, unknown>
  /** Whether the body is a form, which can hold files. @default false, JSON */
  isForm?: boolean
  /** What of the body the request does without where the service refuses it. @default nothing */
  optional?: readonly string[]
  signal: AbortSignal
}

/** One POST to a service and its answer; times are seconds since the request was sent. */
export class Exchange {
  readonly #service: LeasedService
  readonly #url: string
  readonly #signal: AbortSignal
  #sent = performance.now()
  #response: Response | undefined
  #received = ''

  private constructor(service: LeasedService, path: string, signal: AbortSignal) {
    this.#service = service
    this.#url = apiUrl(service, path)
    this.#signal = signal
  }

  /**
   * Sends a request and waits for the head of its answer.
   *
   * @throws ServiceError when there is no answer, or one that is no success
   */
  static async post(service: LeasedService, path: string, init: RequestInit): Promise<Exchange> {
    const { body, isForm = false, optional = [], signal } = init
    await practiseRequests()
    const client = await httpClient()
    const exchange = new Exchange(service, path, signal)
    const parameters = new Parameters(service, path, body, optional)
    await noteRequest(service)
    try {
      for (;;) {
        const sent = isForm ? formOf(client, parameters.body) : jsonOf(parameters.body)
        // oxlint-disable-next-line no-await-in-loop -- again only without what was refused
        const response = await exchange.#send(client, sent)
        if (response.ok) {
          parameters.taken()
          return exchange
        }
        // oxlint-disable-next-line no-await-in-loop -- see above
        const text = await startOf(response).catch(() => '')
        if (parameters.refuses(response.status, text)) continue
        const { what, ...facts } = noteOfStatus(service, response, text)
        throw exchange.failure(what, text, undefined, facts)
      }
    } catch (error) {
      noteAnswer(service)
      throw error
    }
  }

  /** Seconds since the request was sent. */
  elapsed(): number {
    return (performance.now() - this.#sent) / 1000
  }

  /** Media type of the answer, without parameters. */
  get type(): string {
    return this.fullType.split(';')[0]?.trim() ?? ''
  }

  /** Media type of the answer as the server states it, such as `audio/L16;rate=24000`. */
  get fullType(): string {
    return this.#response?.headers.get('content-type') ?? ''
  }

  /**
   * The body as it arrives.
   *
   * @param deadline - until when more is waited for, in seconds since the request was sent; null: as long as it takes
   * @yields each piece with the seconds since the request was sent
   */
  async *chunks(deadline?: () => number | null): AsyncGenerator<Arrival> {
    const body = this.#response?.body
    if (!body) return
    let bytes = 0
    const arriving = arrivals({ body, clock: () => this.elapsed(), ...(deadline && { deadline }) })
    try {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- a stream is read piece by piece
        const { done, value } = await this.#guard(() => arriving.next())
        if (done) return
        bytes += value.bytes.length
        if (bytes > MOST_BYTES) throw this.failure(`sent more than ${MOST_MIB} MiB`)
        yield value
      }
    } finally {
      noteAnswer(this.#service)
      await arriving.return(undefined)
    }
  }

  /** The whole body. Where it breaks off, the failure has what came of it. */
  async whole(): Promise<Uint8Array> {
    const decoder = new TextDecoder()
    const parts: Uint8Array[] = []
    for await (const { bytes } of this.chunks()) {
      parts.push(bytes)
      this.#received += decoder.decode(bytes, { stream: true })
    }
    return Buffer.concat(parts)
  }

  /** An error that says what this service did, with the beginning of what it sent. */
  failure(
    what: string,
    quote = '',
    cause?: unknown,
    facts: Partial<ErrorFacts> = {},
  ): ServiceError {
    const text = withoutKey(this.#service, quote).trim()
    const quoted = text === '' ? '' : `: ${text.slice(0, QUOTE_LENGTH)}`
    const { engine, model } = this.#service
    const status = this.#response?.status ?? null
    const answered = this.#response?.ok ? ` (status ${status})` : ''
    const advice = facts.advice === undefined ? '' : `. ${facts.advice}`
    const message = `${engine}://${model} at ${this.#url}${answered} ${what}${quoted}${advice}`
    const received = withoutKey(this.#service, facts.received ?? this.#received)
    return new ServiceError(message, this.#url, status, { cause, ...facts, received })
  }

  /** Times count from here, where a request is sent again too. */
  async #send(client: HttpClient, { headers, body }: Sent): Promise<Response> {
    const all = { ...authorization(this.#service), ...headers }
    // Whoever answers may name any address of this network; the plan names the services.
    const redirect = 'manual'
    const request = { method: 'POST', headers: all, body, signal: this.#signal, redirect } as const
    this.#response = undefined
    const send = (): Promise<Response> => {
      this.#sent = performance.now()
      noteSent()
      return client.fetch(this.#url, request)
    }
    const response = await this.#guard(() => pastClosedConnections(send))
    this.#response = response
    return response
  }

  async #guard<Value>(act: () => Promise<Value>): Promise<Value> {
    try {
      return await act()
    } catch (error) {
      const after = `after ${this.elapsed().toFixed(2)} s`
      if (this.#signal.aborted) {
        const reason = messageOf(this.#signal.reason)
        throw this.failure(
          `had not finished ${after}, when the request was given up`,
          reason,
          error,
        )
      }
      const what = this.#response ? `broke off its answer ${after}` : 'did not answer'
      throw this.failure(what, reasonOf(error), error)
    }
  }
}

/** A body as it goes over the wire, with the headers that say so. */
interface Sent {
  headers: Record<string, string>
  body: string | FormData
}

function jsonOf(body: Record<string, unknown>): Sent {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** Its header, which holds the boundary between its parts, comes by itself. */
function formOf({ FormData }: HttpClient, fields: Record<string, unknown>): Sent {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    body.append(name, value instanceof Blob ? value : String(value))
  }
  return { headers: {}, body }
}

/** The beginning of a body; what follows is not waited for. */
async function startOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const part of body ?? []) {
    const piece = part as Uint8Array
    bytes += piece.length
    text += decoder.decode(piece, { stream: true })
    if (bytes >= MOST_OF_ERROR_BYTES) break
  }
  return text
}

/** `fetch` says "fetch failed" and keeps the reason as the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join(', ')
  return cause === undefined ? messageOf(error) : messageOf(cause)
}
