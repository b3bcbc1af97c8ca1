import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { logRequest } from './log.ts'
import { findModel, listModels, writeManifest } from './models.ts'
import { loaded, type RunnerOptions, runnerOptions, unload, use } from './scheduler.ts'

interface Body {
  model?: string
  prompt?: string
  messages?: { role: string; content: string }[]
  stream?: boolean
  keep_alive?: number | string
  options?: Partial<RunnerOptions> & { num_predict?: number }
}

export const VERSION = '0.99.0'
const TOKEN_MS = 5
const MILLISECOND_NS = 1e6
const PULL_STEPS = 4
/** As Ollama tells that of a manifest. */
const DIGEST = 'cd'.repeat(32)
const LAYER = `sha256:${'ab'.repeat(32)}`
const LAYER_BYTES = 2 * 1_073_741_824

export async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const begun = performance.now()
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  const method = request.method ?? 'GET'
  response.on('close', () => logRequest(response.statusCode, begun, method, path))
  if (method === 'GET' || method === 'HEAD') return read(response, path)
  const body = await bodyOf(request)
  if (path === '/api/pull') return pull(response, body)
  const name = findModel(body.model ?? '')
  if (name === null) return json(response, 404, { error: `model '${body.model}' not found` })
  if (path === '/api/show') return json(response, 200, { capabilities: ['completion'] })
  if (path === '/api/generate' || path === '/api/chat') return infer(response, path, name, body)
  return json(response, 404, { error: 'not found' })
}

function read(response: ServerResponse, path: string): void {
  if (path === '/') return void response.end('Ollama is running')
  if (path === '/api/version') return json(response, 200, { version: VERSION })
  if (path === '/api/ps') return json(response, 200, { models: loaded() })
  if (path !== '/api/tags') return json(response, 404, { error: 'not found' })
  json(response, 200, {
    models: listModels().map((name) => ({ name, model: name, digest: DIGEST })),
  })
}

async function infer(
  response: ServerResponse,
  path: string,
  model: string,
  body: Body,
): Promise<void> {
  const begun = performance.now()
  const chat = path === '/api/chat'
  const prompt = chat ? (body.messages?.at(-1)?.content ?? '') : (body.prompt ?? '')
  const head = { model: body.model, created_at: new Date().toISOString() }
  const wrap = (text: string): object =>
    chat ? { message: { role: 'assistant', content: text } } : { response: text }
  if (prompt === '' && body.keep_alive === 0) {
    // The runner goes in its own time.
    void unload(model)
    return json(response, 200, { ...head, ...wrap(''), done: true, done_reason: 'unload' })
  }
  const load_duration = await use(model, runnerOptions(body.options), body.keep_alive)
  if (prompt === '') {
    return json(response, 200, { ...head, ...wrap(''), done: true, done_reason: 'load' })
  }
  const words = prompt.split(' ').slice(0, body.options?.num_predict)
  const pieces = words.map((word, index) => (index === 0 ? word : ` ${word}`))
  const last = (text: string): object => ({
    ...head,
    ...wrap(text),
    done: true,
    done_reason: 'stop',
    total_duration: Math.round((performance.now() - begun) * MILLISECOND_NS),
    load_duration,
    prompt_eval_count: 26,
    prompt_eval_duration: 13 * MILLISECOND_NS,
    eval_count: pieces.length,
    eval_duration: pieces.length * TOKEN_MS * MILLISECOND_NS,
  })
  if (body.stream === false) {
    await sleep(TOKEN_MS * pieces.length)
    return json(response, 200, last(pieces.join('')))
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  for (const piece of pieces) {
    // oxlint-disable-next-line no-await-in-loop -- one token after the other
    await sleep(TOKEN_MS)
    response.write(`${JSON.stringify({ ...head, ...wrap(piece), done: false })}\n`)
  }
  response.end(`${JSON.stringify(last(''))}\n`)
}

/** A model whose name begins with `absent` is not in the registry either. */
async function pull(response: ServerResponse, { model = '' }: Body): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const send = (line: object): boolean => response.write(`${JSON.stringify(line)}\n`)
  send({ status: 'pulling manifest' })
  if (model.startsWith('absent')) {
    send({ error: 'pull model manifest: file does not exist' })
    return void response.end()
  }
  const layer = { status: `pulling ${LAYER.slice(7, 19)}`, digest: LAYER, total: LAYER_BYTES }
  for (let step = 1; step <= PULL_STEPS; step += 1) {
    // oxlint-disable-next-line no-await-in-loop -- a download takes its time
    await sleep(Number(process.env['OLLAMA_STAND_IN_PULL_MS'] ?? 40) / PULL_STEPS)
    send({ ...layer, completed: (LAYER_BYTES / PULL_STEPS) * step })
  }
  writeManifest(model)
  for (const status of ['verifying sha256 digest', 'writing manifest', 'success']) send({ status })
  response.end()
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString() || '{}') as Body
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}
