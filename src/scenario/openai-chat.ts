import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { dataUrl } from './media.ts'
import type { ChatPiece, ChatRequest, RawReply, ToolCall } from './chat-protocol.ts'
import { Exchange } from './exchange.ts'
import { type CallDelta, ToolCalls } from './tool-calls.ts'

/** The parts of an answer, or of a chunk of it, that are read. */
interface Completion {
  choices?: { message?: Delta; delta?: Delta; finish_reason?: string | null }[]
  usage?: { prompt_tokens?: number; completion_tokens?: number } | null
  /** llama.cpp's own times and counts: `prompt_n` leaves out the `cache_n` tokens that it remembered. */
  timings?: {
    predicted_per_second?: number | null
    prompt_per_second?: number | null
    predicted_n?: number
    prompt_n?: number
    cache_n?: number
  }
  error?: { message?: string } | string
}

interface Delta {
  content?: string | null
  /** vLLM and llama.cpp. */
  reasoning_content?: string | null
  /** Ollama, OpenRouter and newer vLLM. */
  reasoning?: string | null
  tool_calls?: CallDelta[] | null
}

const DATA = /^data:\s*/u

/** `POST /v1/chat/completions` (OpenAI API reference, "Create chat completion" and its streaming form). */
export async function openaiChat(service: LeasedService, request: ChatRequest): Promise<RawReply> {
  const { stream, temperature, seed, maxTokens, tools, schema, signal } = request
  const body = {
    model: service.model,
    messages: messagesOf(request),
    temperature,
    seed,
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({ type: 'function', function: tool })),
    }),
    ...(schema !== null && {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'reply', schema, strict: true },
      },
    }),
  }
  const exchange = await Exchange.post(service, '/v1/chat/completions', { body, signal })
  return stream ? readStream(exchange, request.pieces) : readBatch(exchange)
}

function messagesOf({ messages, images }: ChatRequest): unknown[] {
  return messages.map(({ role, content, toolCalls, toolCallId }, index) => {
    if (images.length === 0 || index < messages.length - 1) {
      return {
        role,
        content,
        ...(toolCallId && { tool_call_id: toolCallId }),
        ...(toolCalls !== undefined && { tool_calls: toolCalls.map(toCall) }),
      }
    }
    const parts = images.map((image) => ({ type: 'image_url', image_url: { url: dataUrl(image) } }))
    return { role, content: [{ type: 'text', text: content }, ...parts] }
  })
}

function toCall({ id, name, arguments: given }: ToolCall, index: number): unknown {
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  return { id: id ?? `call_${index}`, type: 'function', function: { name, arguments: text } }
}

async function readBatch(exchange: Exchange): Promise<RawReply> {
  const completion = await exchange.json<Completion>()
  const end = exchange.elapsed()
  const message = completion.choices?.[0]?.message
  if (!message) throw exchange.failure('sent no choice', JSON.stringify(completion))
  const calls = new ToolCalls()
  calls.add(message.tool_calls)
  return toReply(piecesOf(message, end), calls, end, [completion])
}

async function readStream(exchange: Exchange, pieces: ChatPiece[]): Promise<RawReply> {
  const calls = new ToolCalls()
  const telling: Completion[] = []
  let complete = false
  let replied = false
  let end = 0
  let last = ''
  for await (const { line, at } of exchange.lines()) {
    if (!DATA.test(line)) continue
    const data = line.replace(DATA, '')
    end = at
    last = data
    if (data === '[DONE]') {
      complete = true
      break
    }
    const chunk = exchange.parse<Completion>(data)
    if (chunk.error) throw exchange.failure('reported an error in its reply', textOf(chunk.error))
    const choice = chunk.choices?.[0]
    if (choice) replied = true
    if (choice?.delta) {
      pieces.push(...piecesOf(choice.delta, at))
      calls.add(choice.delta.tool_calls)
    }
    if (choice?.finish_reason) complete = true
    if (chunk.usage || chunk.timings) telling.push(chunk)
  }
  if (!complete || !replied) throw exchange.cutShort(pieces.length, last)
  return toReply(pieces, calls, end, telling)
}

function piecesOf(delta: Delta, at: number): ChatPiece[] {
  const reasoning = delta.reasoning_content ?? delta.reasoning
  return [
    ...(reasoning ? [{ text: reasoning, at, reasoning: true }] : []),
    ...(delta.content ? [{ text: delta.content, at, reasoning: false }] : []),
    ...(delta.tool_calls?.length
      ? [{ text: JSON.stringify(delta.tool_calls), at, reasoning: false, tool: true as const }]
      : []),
  ]
}

function toReply(
  pieces: ChatPiece[],
  calls: ToolCalls,
  end: number,
  telling: Completion[],
): RawReply {
  const usage = telling.findLast((one) => one.usage)?.usage
  const timings = telling.findLast((one) => one.timings)?.timings
  return {
    pieces,
    toolCalls: calls.all(),
    end,
    ...tokensOf(usage ?? null, timings),
    engine: {
      decode_tps: timings?.predicted_per_second ?? null,
      prompt_tps: timings?.prompt_per_second ?? null,
      load_time: null,
    },
  }
}

/** The counts of `usage`, which is what other servers tell too; without it the engine's own. */
function tokensOf(
  usage: Completion['usage'] | null,
  timings: Completion['timings'],
): Pick<RawReply, 'promptTokens' | 'outputTokens' | 'tokensSource'> {
  if (usage) {
    const { prompt_tokens = null, completion_tokens = null } = usage
    return { promptTokens: prompt_tokens, outputTokens: completion_tokens, tokensSource: 'usage' }
  }
  const { predicted_n = null, prompt_n = null, cache_n = 0 } = timings ?? {}
  return {
    promptTokens: prompt_n === null ? null : prompt_n + cache_n,
    outputTokens: predicted_n,
    tokensSource: predicted_n === null && prompt_n === null ? null : 'engine',
  }
}

function textOf(error: NonNullable<Completion['error']>): string {
  return typeof error === 'string' ? error : (error.message ?? JSON.stringify(error))
}
