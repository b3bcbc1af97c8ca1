import { messageOf } from '../errors.ts'
import type { LeasedService } from '../services/lease-protocol.ts'
import { apiUrl, authorization, withoutKey } from './authorization.ts'

/** How much of an unexpected answer a message quotes, in characters. */
const QUOTE_LENGTH = 200

/** A service answered with something that is no answer, or not at all. The message names it and its URL or program. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  /** Null where it has none. */
  readonly url: string | null
  /** HTTP status; null when there was none. */
  readonly status: number | null

  constructor(message: string, url: string | null, status: number | null, cause?: unknown) {
    super(message, { cause })
    this.url = url
    this.status = status
  }
}

/** What a request consists of. */
export interface RequestInit {
  body: FormData | Record<string, unknown>
  signal: AbortSignal
}

// The first `fetch` of a process loads its implementation, some 25 ms that no service is to blame for.
let fetchReady: Promise<string> | undefined

/** One POST to a service and its answer; times are seconds since the request was sent. */
export class Exchange {
  readonly #service: LeasedService
  readonly #url: string
  readonly #signal: AbortSignal
  readonly #sent = performance.now()
  #response: Response | undefined

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
    const { body, signal } = init
    await (fetchReady ??= fetch('data:,').then((response) => response.text()))
    const exchange = new Exchange(service, path, signal)
    const form = body instanceof FormData
    const headers = {
      ...(!form && { 'content-type': 'application/json' }),
      ...authorization(service),
    }
    const response = await exchange.#guard(() =>
      fetch(exchange.#url, {
        method: 'POST',
        body: form ? body : JSON.stringify(body),
        signal,
        headers,
      }),
    )
    exchange.#response = response
    if (response.ok) return exchange
    const text = await response.text().catch(() => '')
    throw exchange.failure(`answered ${response.status} ${response.statusText}`, text)
  }

  /** Seconds since the request was sent. */
  elapsed(): number {
    return (performance.now() - this.#sent) / 1000
  }

  /** Media type of the answer, without parameters. */
  get type(): string {
    return this.#response?.headers.get('content-type')?.split(';')[0]?.trim() ?? ''
  }

  /**
   * The body as it arrives.
   *
   * @yields each piece with the seconds since the request was sent
   */
  async *chunks(): AsyncGenerator<{ bytes: Uint8Array; at: number }> {
    const reader = this.#response?.body?.getReader()
    if (!reader) return
    try {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- a stream is read piece by piece
        const { done, value } = await this.#guard(() => reader.read())
        if (done) return
        yield { bytes: value, at: this.elapsed() }
      }
    } finally {
      await reader.cancel().catch(() => {})
    }
  }

  /**
   * The lines of the body as they arrive.
   *
   * @yields each line without its end, with the seconds since the request was sent
   */
  async *lines(): AsyncGenerator<{ line: string; at: number }> {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const { bytes, at } of this.chunks()) {
      const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) yield { line: part.replace(/\r$/u, ''), at }
    }
    rest += decoder.decode()
    if (rest !== '') yield { line: rest, at: this.elapsed() }
  }

  /** The whole body as JSON. */
  async json<Shape>(): Promise<Shape> {
    const text = await this.#guard(async () => (await this.#response?.text()) ?? '')
    return this.parse<Shape>(text)
  }

  /** Reads JSON that the service sent. */
  parse<Shape>(text: string): Shape {
    try {
      return JSON.parse(text) as Shape
    } catch (error) {
      throw this.failure('sent something that is not JSON', text, error)
    }
  }

  /** An error that says what this service did, with the beginning of what it sent. */
  failure(what: string, quote = '', cause?: unknown): ServiceError {
    const text = withoutKey(this.#service, quote).trim()
    const quoted = text === '' ? '' : `: ${text.slice(0, QUOTE_LENGTH)}`
    const message = `${this.#service.name} at ${this.#url} ${what}${quoted}`
    return new ServiceError(message, this.#url, this.#response?.status ?? null, cause)
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

/** `fetch` says "fetch failed" and keeps the reason as the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join(', ')
  return cause === undefined ? messageOf(error) : messageOf(cause)
}
