import type { IncomingMessage, ServerResponse } from 'node:http'

/** What a request may carry at most, in bytes. */
const MAX_BODY = 64 * 1024 * 1024

/** A request that is answered with an error status; each protocol words it in its own format. */
export class RequestError extends Error {
  readonly status: number
  readonly param: string | null
  readonly code: string | null

  constructor(status: number, message: string, detail: { param?: string; code?: string } = {}) {
    super(message)
    this.status = status
    this.param = detail.param ?? null
    this.code = detail.code ?? null
  }
}

/** One request, its response, and what the log says about it. */
export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** Arrival, of `performance.now()`, in milliseconds. */
  start: number
  /** Aborted when the client goes away. */
  signal: AbortSignal
  /** Ends the line in the log. */
  note: string
}

/** The whole body. Throws a RequestError (413) where it is too large. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = new RequestError(413, 'The request is larger than 64 MiB.')
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) throw tooLarge
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw tooLarge
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The body as a JSON object. Throws a RequestError (400). */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = (await readBody(request)).toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new RequestError(400, text ? 'The body is not valid JSON.' : 'missing request body')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RequestError(400, 'The body must be a JSON object.')
  }
  return value as Record<string, unknown>
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(value))
}

/** Sends a whole body; a torn one promises all of it, breaks off in the middle and cuts the connection. */
export function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  torn = false,
): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length })
  if (torn) cut(response, bytes.subarray(0, bytes.length >> 1))
  else response.end(bytes)
}

/** Writes a last piece and cuts the connection. */
export function cut(response: ServerResponse, last: string | Uint8Array): void {
  response.write(last, () => response.destroy())
}
