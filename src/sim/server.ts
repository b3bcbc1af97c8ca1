import { createServer, type Server } from 'node:http'
import { messageOf } from '../errors.ts'
import { RequestError, sendJson, type Exchange } from './http.ts'
import type { Simulator } from './inference.ts'
import { log } from './log.ts'
import { health, models, ps, tags, version } from './listings.ts'

type Handler = (sim: Simulator, exchange: Exchange) => Promise<void> | void

// The port must open quickly: what answers inference requests is loaded after that, by `preload`.
const openaiChat = () => import('./openai-chat.ts')
const openaiAudio = () => import('./openai-audio.ts')
const ollama = () => import('./ollama.ts')
const ollamaModels = () => import('./ollama-models.ts')

const ROUTES: Record<string, Handler> = {
  'GET /health': health,
  'GET /v1/models': models,
  'POST /v1/chat/completions': async (...both) => (await openaiChat()).chat(...both),
  'POST /v1/audio/speech': async (...both) => (await openaiAudio()).speech(...both),
  'POST /v1/audio/transcriptions': async (...both) => (await openaiAudio()).transcriptions(...both),
  'GET /api/version': version,
  'GET /api/tags': tags,
  'GET /api/ps': ps,
  'POST /api/generate': async (...both) => (await ollama()).generate(...both),
  'POST /api/chat': async (...both) => (await ollama()).chat(...both),
  'POST /api/show': async (...both) => (await ollamaModels()).show(...both),
  'POST /api/pull': async (...both) => (await ollamaModels()).pull(...both),
  'POST /api/create': async (...both) => (await ollamaModels()).create(...both),
  'POST /api/copy': async (...both) => (await ollamaModels()).copy(...both),
  'DELETE /api/delete': async (...both) => (await ollamaModels()).remove(...both),
}
/** Clients that keep a connection between requests must not find it closed. */
const KEEP_CONNECTION_MS = 75_000

/** A server of both protocols; each request is one line in the log. */
export function createSimServer(sim: Simulator): Server {
  const server = createServer((request, response) => {
    const gone = new AbortController()
    const exchange = { request, response, start: performance.now(), signal: gone.signal, note: '' }
    response.once('close', () => {
      if (!response.writableFinished) gone.abort()
      report(exchange)
    })
    void answer(sim, exchange)
  })
  server.keepAliveTimeout = KEEP_CONNECTION_MS
  return server
}

/** Loads what answers inference requests, so that the first one does not wait for it. */
export async function preload(): Promise<void> {
  await Promise.all([openaiChat(), openaiAudio(), ollama()])
}

async function answer(sim: Simulator, exchange: Exchange): Promise<void> {
  const { method = '', url = '' } = exchange.request
  const path = url.split('?')[0] ?? ''
  try {
    const handler = ROUTES[`${method === 'HEAD' ? 'GET' : method} ${path}`]
    if (!handler) throw unknownRoute(method, path)
    await handler(sim, exchange)
  } catch (thrown) {
    if (exchange.signal.aborted) return
    refuse(exchange, path, thrown)
  }
}

function unknownRoute(method: string, path: string): RequestError {
  const other = Object.keys(ROUTES).find((route) => route.endsWith(` ${path}`))
  return other
    ? new RequestError(405, `Method ${method} is not allowed here, use ${other}.`)
    : new RequestError(404, `Invalid URL (${method} ${path})`, { code: 'unknown_url' })
}

/** Ollama words errors as a text, OpenAI as an object. */
function refuse({ request, response }: Exchange, path: string, thrown: unknown): void {
  const known = thrown instanceof RequestError
  if (!known) log('ERROR', `${path}: ${messageOf(thrown)}`)
  const message = messageOf(thrown)
  const status = known ? thrown.status : 500
  if (response.headersSent) {
    response.destroy()
    return
  }
  // An unread body would be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close')
  const { param, code } = known ? thrown : { param: null, code: null }
  const type = status < 500 ? 'invalid_request_error' : 'server_error'
  const error = path.startsWith('/api/') ? message : { message, type, param, code }
  sendJson(response, status, { error })
}

function report({ request, response, start, note, signal }: Exchange): void {
  const seconds = ((performance.now() - start) / 1000).toFixed(3)
  const outcome = signal.aborted ? 'cut off' : String(response.statusCode)
  const line = `${request.method} ${request.url} ${outcome} ${seconds}s ${note}`.trimEnd()
  log(response.statusCode < 500 ? 'INFO' : 'ERROR', line)
}
