import { complete, look, type Completion, type Limits } from './completion.ts'
import type { Picture, Turn } from './brain/turn.ts'
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
import { cut, readJson, RequestError, send, type Exchange } from './http.ts'
import { infer, requireModel, type Run, type Simulator } from './inference.ts'
import { pace, until } from './pace.ts'

type Body = Record<string, unknown>

/** POST /v1/chat/completions. */
export async function chat(sim: Simulator, exchange: Exchange): Promise<void> {
  const body = await readJson(exchange.request)
  const model = requiredText(body, 'model')
  requireModel(sim, model, `The model '${model}' does not exist.`)
  const limits = limitsOf(body)
  const stream = flagOf(body, 'stream', false)
  const withUsage = flagOf(objectOf(body, 'stream_options'), 'include_usage', false)
  const turns = await turnsOf(body)
  await infer(sim, exchange, undefined, async (run) => {
    const completion = complete(turns, limits, sim.options.seed)
    const head = {
      id: `chatcmpl-sim-${run.number}`,
      created: Math.floor(Date.now() / 1000),
      model: sim.model.name,
    }
    exchange.note = `prompt=${completion.promptTokens} output=${completion.tokens.length} tokens`
    if (stream) await sendStream(exchange, run, completion, head, withUsage)
    else await sendWhole(exchange, run, completion, head)
  })
}

async function sendWhole(
  exchange: Exchange,
  run: Run,
  done: Completion,
  head: Body,
): Promise<void> {
  const { start, ttft, rate } = run.tempo
  await until(start + (ttft + Math.max(0, done.tokens.length - 1) / rate) * 1000)
  const message = { role: 'assistant', content: done.tokens.join(''), refusal: null }
  const body = {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: done.reason }],
    usage: usageOf(done),
  }
  const type = 'application/json; charset=utf-8'
  send(exchange.response, 200, type, JSON.stringify(body), run.torn)
}

async function sendStream(
  { response }: Exchange,
  run: Run,
  done: Completion,
  head: Body,
  withUsage: boolean,
): Promise<void> {
  const event = (delta: Body, reason: string | null = null) => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: reason }]
    const usage = withUsage ? { usage: null } : {}
    return `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...usage })}\n\n`
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.flushHeaders()
  let sent = 0
  for await (const content of pace(done.tokens, run.tempo)) {
    if (sent === 0) response.write(event({ role: 'assistant', content: '' }))
    if (run.torn && sent === 2) break
    response.write(event({ content }))
    sent += 1
  }
  if (run.torn) return cut(response, `${event({ content: 'torn' }).slice(0, -20)}\n\n`)
  response.write(event({}, done.reason))
  if (withUsage) {
    const last = { ...head, object: 'chat.completion.chunk', choices: [], usage: usageOf(done) }
    response.write(`data: ${JSON.stringify(last)}\n\n`)
  }
  response.end('data: [DONE]\n\n')
}

function usageOf({ promptTokens, tokens }: Completion): Body {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: tokens.length,
    total_tokens: promptTokens + tokens.length,
  }
}

function limitsOf(body: Body): Limits {
  if (listOf(body, 'tools').length > 0) throw refused('tools', 'tools')
  if ((numberOf(body, 'n', 1, 128) ?? 1) !== 1) throw refused('n', 'more than one choice')
  numberOf(body, 'temperature', 0, 2)
  numberOf(body, 'top_p', 0, 1)
  const format = textOf(objectOf(body, 'response_format'), 'type') ?? 'text'
  if (format !== 'text' && format !== 'json_object') throw refused('response_format', format)
  return {
    maxTokens:
      numberOf(body, 'max_completion_tokens', 1, 1e9) ?? numberOf(body, 'max_tokens', 1, 1e9),
    stop: textsOf(body, 'stop'),
    json: format === 'json_object',
  }
}

function refused(param: string, what: string): RequestError {
  return new RequestError(400, `The simulator does not support ${what}.`, {
    param,
    code: 'unsupported_parameter',
  })
}

async function turnsOf(body: Body): Promise<Turn[]> {
  const messages = listOf(body, 'messages')
  if (messages.length === 0) {
    throw new RequestError(400, "'messages' must hold at least one message.", { param: 'messages' })
  }
  return Promise.all(messages.map(turnOf))
}

async function turnOf(message: unknown, index: number): Promise<Turn> {
  const param = `messages[${index}]`
  if (!isObject(message)) throw new RequestError(400, `'${param}' must be an object.`, { param })
  const role = message['role'] === 'developer' ? 'system' : message['role']
  if (role !== 'system' && role !== 'user' && role !== 'assistant') {
    const message = `'${param}.role' must be system, developer, user or assistant.`
    throw new RequestError(400, message, { param: `${param}.role` })
  }
  const content = message['content']
  if (typeof content === 'string') return { role, text: content, pictures: [] }
  if (!Array.isArray(content)) {
    const message = `'${param}.content' must be a string or an array of parts.`
    throw new RequestError(400, message, { param: `${param}.content` })
  }
  const parts = await Promise.all(content.map((part) => partOf(part, `${param}.content`)))
  return {
    role,
    text: parts.filter((part) => typeof part === 'string').join('\n'),
    pictures: parts.filter((part) => typeof part !== 'string'),
  }
}

async function partOf(part: unknown, param: string): Promise<string | Picture> {
  const body = isObject(part) ? part : {}
  if (body['type'] === 'text') return textOf(body, 'text') ?? ''
  if (body['type'] !== 'image_url') {
    const message = `The simulator reads parts of type 'text' and 'image_url' only.`
    throw new RequestError(400, message, { param })
  }
  const url = requiredText(objectOf(body, 'image_url'), 'url')
  const [, base64] = /^data:[^,]*;base64,(.*)$/s.exec(url) ?? []
  if (base64 === undefined) {
    throw new RequestError(400, 'The simulator fetches nothing: give images as data: URLs.', {
      param,
    })
  }
  return look(base64)
}
