import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** What a stand-in server says in a chat. */
export interface ChatServer {
  model: string
  /** An answer that is no chat: `/health` and the like. Undefined: not found. */
  other(path: string): { status: number; body: unknown } | undefined
  /** Stands before every request; an answer ends it. */
  refuses?(path: string): { status: number; body: unknown } | undefined
  /** Added to a complete answer and to the last chunk of a stream. */
  extras?(tokens: { prompt: number; output: number }): Record<string, unknown>
}

/** The parts of the OpenAI protocol that vLLM and llama-server have in common, without a model: it echoes. */
export function chatServer(options: ChatServer): Server {
  return createServer((request, response) => void answer(options, request, response))
}

async function answer(
  options: ChatServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  const known = options.refuses?.(path) ?? options.other(path)
  if (known !== undefined) return json(response, known.status, known.body)
  if (path === '/v1/models') {
    const data = [{ id: options.model, object: 'model', owned_by: 'stand-in' }]
    return json(response, 200, { object: 'list', data })
  }
  if (path !== '/v1/chat/completions' || request.method !== 'POST') {
    return json(response, 404, { detail: 'Not Found' })
  }
  const body = (await read(request)) as {
    messages: { content: string | { type: string; text?: string }[] }[]
    stream?: boolean
    stream_options?: { include_usage?: boolean }
    max_tokens?: number
  }
  const words = textOf(body.messages.at(-1)!.content).split(' ').slice(0, body.max_tokens)
  const tokens = { prompt: 3, output: words.length }
  const usage = { prompt_tokens: tokens.prompt, completion_tokens: tokens.output }
  const head = { id: 'chatcmpl-1', model: options.model }
  const extras = options.extras?.(tokens) ?? {}
  if (body.stream !== true) {
    const message = { role: 'assistant', content: words.join(' ') }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    return json(response, 200, { ...head, object: 'chat.completion', choices, usage, ...extras })
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (data: unknown): boolean => response.write(`data: ${JSON.stringify(data)}\n\n`)
  for (const [index, word] of words.entries()) {
    const content = index === 0 ? word : ` ${word}`
    send({ ...head, choices: [{ index: 0, delta: { content }, finish_reason: null }] })
  }
  send({ ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  if (body.stream_options?.include_usage) send({ ...head, choices: [], usage, ...extras })
  response.end('data: [DONE]\n\n')
}

function textOf(content: string | { type: string; text?: string }[]): string {
  if (typeof content === 'string') return content
  return content.map(({ text = '' }) => text).join('')
}

async function read(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString())
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
