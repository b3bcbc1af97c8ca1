import { complete, look, type Completion, type Limits } from './completion.ts'
import type { Turn } from './brain/turn.ts'
import {
  flagOf,
  isObject,
  listOf,
  numberOf,
  objectOf,
  requiredText,
  textOf,
  textsOf,
} from './fields.ts'
import { cut, readJson, RequestError, send, sendJson, type Exchange } from './http.ts'
import { infer, requireModel, type Run, type Simulator } from './inference.ts'
import { pace, until } from './pace.ts'
import { keepAliveOf } from './keep-alive.ts'
import { toolsOf } from './tools.ts'

type Body = Record<string, unknown>

/** Puts a piece of text where the endpoint has it: `response` or `message.content`; calls beside it. */
type Wrap = (text: string, calls?: Body) => Body

/** POST /api/generate; without a prompt it loads or, with `keep_alive: 0`, unloads the model. */
export async function generate(sim: Simulator, exchange: Exchange): Promise<void> {
  const body = await readRequest(sim, exchange)
  const prompt = textOf(body, 'prompt') ?? ''
  const images = textsOf(body, 'images')
  const wrap: Wrap = (response) => ({ response })
  if (!prompt && images.length === 0) return loadOrUnload(sim, exchange, body, wrap)
  const system = textOf(body, 'system')
  const asked = await turnOf({ role: 'user', content: prompt, images })
  const turns = system ? [await turnOf({ role: 'system', content: system }), asked] : [asked]
  await answer(sim, exchange, body, turns, wrap)
}

/** POST /api/chat; without messages it loads or unloads the model. */
export async function chat(sim: Simulator, exchange: Exchange): Promise<void> {
  const body = await readRequest(sim, exchange)
  const messages = listOf(body, 'messages')
  const wrap: Wrap = (content, calls) => ({ message: { role: 'assistant', content, ...calls } })
  if (messages.length === 0) return loadOrUnload(sim, exchange, body, wrap)
  await answer(sim, exchange, body, await Promise.all(messages.map(turnOf)), wrap)
}

async function readRequest(sim: Simulator, exchange: Exchange): Promise<Body> {
  const body = await readJson(exchange.request)
  const model = textOf(body, 'model')
  if (!model) throw new RequestError(400, 'model is required')
  requireModel(sim, model, `model '${model}' not found`)
  return body
}

async function loadOrUnload(
  sim: Simulator,
  exchange: Exchange,
  body: Body,
  wrap: Wrap,
): Promise<void> {
  const keepAlive = keepAliveOf(body)
  if (keepAlive === 0) sim.model.unload()
  else (await sim.model.use(keepAlive))()
  const reason = keepAlive === 0 ? 'unload' : 'load'
  exchange.note = reason
  sendJson(exchange.response, 200, { ...headOf(sim), ...wrap(''), done: true, done_reason: reason })
}

async function answer(
  sim: Simulator,
  exchange: Exchange,
  body: Body,
  turns: Turn[],
  wrap: Wrap,
): Promise<void> {
  const limits = limitsOf(body)
  const keepAlive = keepAliveOf(body)
  const stream = flagOf(body, 'stream', true)
  await infer(sim, exchange, keepAlive, async (run) => {
    const completion = complete(turns, limits, sim.options.seed)
    exchange.note = `prompt=${completion.promptTokens} output=${completion.tokens.length} tokens`
    const last = (text: string, calls?: Body) => ({
      ...headOf(sim),
      ...wrap(text, calls),
      done: true,
      // Ollama says `stop` after a call, too.
      done_reason: completion.reason === 'length' ? 'length' : 'stop',
      ...durations(exchange, run, completion),
    })
    if (stream) return sendStream(sim, exchange, run, completion, wrap, last)
    const { start, ttft, rate } = run.tempo
    await until(start + (ttft + Math.max(0, completion.tokens.length - 1) / rate) * 1000)
    const type = 'application/json; charset=utf-8'
    const calls = callsOf(completion)
    const whole = JSON.stringify(last(calls ? '' : completion.tokens.join(''), calls))
    send(exchange.response, 200, type, whole, run.torn)
  })
}

async function sendStream(
  sim: Simulator,
  { response }: Exchange,
  run: Run,
  completion: Completion,
  wrap: Wrap,
  last: (text: string) => Body,
): Promise<void> {
  const calls = callsOf(completion)
  const line = (value: Body) => `${JSON.stringify(value)}\n`
  const piece = (text: string, own?: Body) =>
    line({ ...headOf(sim), ...wrap(text, own), done: false })
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.flushHeaders()
  let sent = 0
  for await (const token of pace(completion.tokens, run.tempo)) {
    if (run.torn && sent === 2) break
    // A call comes in one piece, when its arguments are complete.
    if (!calls) response.write(piece(token))
    sent += 1
  }
  if (calls && !run.torn) response.write(piece('', calls))
  if (run.torn) cut(response, `${piece('torn').slice(0, -10)}\n`)
  else response.end(line(last('')))
}

function callsOf({ call }: Completion): Body | undefined {
  return call ? { tool_calls: [{ function: call }] } : undefined
}

function headOf(sim: Simulator): Body {
  return { model: sim.model.name, created_at: new Date().toISOString() }
}

/** Nanoseconds, absent when zero. Decoding the first token takes a token's time; what precedes it is prefill. */
function durations({ start }: Exchange, run: Run, { tokens, promptTokens }: Completion): Body {
  const { tempo, loadWait } = run
  const now = performance.now()
  const prefill = Math.max(0, tempo.ttft * 1000 - 1000 / tempo.rate)
  const numbers = {
    total_duration: nanoseconds(now - start),
    load_duration: nanoseconds(loadWait),
    prompt_eval_count: promptTokens,
    prompt_eval_duration: nanoseconds(prefill),
    eval_count: tokens.length,
    eval_duration: nanoseconds(now - tempo.start - prefill),
  }
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0))
}

function nanoseconds(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1e6))
}

function limitsOf(body: Body): Limits {
  const options = objectOf(body, 'options')
  const format = body['format'] ?? ''
  if (format !== '' && format !== 'json' && !isObject(format)) {
    throw new RequestError(400, 'invalid format: expected "json" or a JSON schema')
  }
  const limit = numberOf(options, 'num_predict', -2, 1e9)
  return {
    // A negative limit means none.
    maxTokens: limit !== undefined && limit >= 0 ? limit : undefined,
    stop: textsOf(options, 'stop'),
    json: format === 'json',
    ...(isObject(format) && { schema: format }),
    tools: toolsOf(body),
    toolChoice: 'auto',
  }
}

async function turnOf(message: unknown): Promise<Turn> {
  const body = isObject(message) ? message : {}
  const role = requiredText(body, 'role')
  if (role !== 'system' && role !== 'user' && role !== 'assistant' && role !== 'tool') {
    throw new RequestError(400, `invalid role: ${role}`)
  }
  const pictures = await Promise.all(textsOf(body, 'images').map(look))
  return { role, text: textOf(body, 'content') ?? '', pictures }
}
