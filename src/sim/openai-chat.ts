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
import { toolChoiceOf, toolsOf } from './tools.ts'

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
  const text = done.tokens.join('')
  const call = done.call && {
    id: callId(run),
    type: 'function',
    function: { name: done.call.name, arguments: text },
  }
  const message = call
    ? { role: 'assistant', content: null, refusal: null, tool_calls: [call] }
    : { role: 'assistant', content: text, refusal: null }
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
  // A call begins with its name; the pieces of its arguments follow, as those of a text do.
  const called = (own: Body) => ({ tool_calls: [{ index: 0, ...own }] })
  const first = done.call
    ? { id: callId(run), type: 'function', function: { name: done.call.name, arguments: '' } }
    : null
  const opening = first
    ? { role: 'assistant', content: null, ...called(first) }
    : { role: 'assistant', content: '' }
  const piece = (text: string) =>
    event(first ? called({ function: { arguments: text } }) : { content: text })
  let sent = 0
  for await (const token of pace(done.tokens, run.tempo)) {
    if (sent === 0) response.write(event(opening))
    if (run.torn && sent === 2) break
    response.write(piece(token))
    sent += 1
  }
  if (run.torn) return cut(response, `${piece('torn').slice(0, -20)}\n\n`)
  response.write(event({}, done.reason))
  if (withUsage) {
    const last = { ...head, object: 'chat.completion.chunk', choices: [], usage: usageOf(done) }
    response.write(`data: ${JSON.stringify(last)}\n\n`)
  }
  response.end('data: [DONE]\n\n')
}

function callId({ number }: Run): string {
  return `call_sim_${number}`
}

function usageOf({ promptTokens, tokens }: Completion): Body {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: tokens.length,
    total_tokens: promptTokens + tokens.length,
  }
}

function limitsOf(body: Body): Limits {
  const tools = toolsOf(body)
  if ((numberOf(body, 'n', 1, 128) ?? 1) !== 1) throw refused('n', 'more than one choice')
  numberOf(body, 'temperature', 0, 2)
  numberOf(body, 'top_p', 0, 1)
  const format = objectOf(body, 'response_format')
  const type = textOf(format, 'type') ?? 'text'
  if (!['text', 'json_object', 'json_schema'].includes(type)) throw refused('response_format', type)
  const { schema } = objectOf(format, 'json_schema')
  if (type === 'json_schema' && !isObject(schema)) {
    const param = 'response_format.json_schema.schema'
    throw new RequestError(400, `'${param}' must be a JSON schema.`, { param })
  }
  return {
    maxTokens:
      numberOf(body, 'max_completion_tokens', 1, 1e9) ?? numberOf(body, 'max_tokens', 1, 1e9),
    stop: textsOf(body, 'stop'),
    json: type === 'json_object',
    ...(type === 'json_schema' && { schema }),
    tools,
    toolChoice: toolChoiceOf(body, tools),
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
  if (role !== 'system' && role !== 'user' && role !== 'assistant' && role !== 'tool') {
    const message = `'${param}.role' must be system, developer, user, assistant or tool.`
    throw new RequestError(400, message, { param: `${param}.role` })
  }
  const calls = role === 'assistant' ? listOf(message, 'tool_calls') : []
  const content = message['content'] ?? (calls.length > 0 ? '' : null)
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
