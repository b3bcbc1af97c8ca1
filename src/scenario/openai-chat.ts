import type { LeasedService } from '../services/lease-protocol.ts'
import { dataUrl } from './media.ts'
import type { ChatPiece, ChatRequest, RawReply } from './chat-protocol.ts'
import { Exchange } from './exchange.ts'

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
}

const DATA = /^data:\s*/u

/** `POST /v1/chat/completions` (OpenAI API reference, "Create chat completion" and its streaming form). */
export async function openaiChat(service: LeasedService, request: ChatRequest): Promise<RawReply> {
  const { stream, temperature, seed, maxTokens, signal } = request
  const body = {
    model: service.model,
    messages: messagesOf(request),
    temperature,
    seed,
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  }
  const exchange = await Exchange.post(service, '/v1/chat/completions', { body, signal })
  return stream ? readStream(exchange) : readBatch(exchange)
}

function messagesOf({ messages, images }: ChatRequest): unknown[] {
  return messages.map(({ role, content }, index) => {
    if (images.length === 0 || index < messages.length - 1) return { role, content }
    const parts = images.map((image) => ({ type: 'image_url', image_url: { url: dataUrl(image) } }))
    return { role, content: [{ type: 'text', text: content }, ...parts] }
  })
}

async function readBatch(exchange: Exchange): Promise<RawReply> {
  const completion = await exchange.json<Completion>()
  const end = exchange.elapsed()
  const message = completion.choices?.[0]?.message
  if (!message) throw exchange.failure('sent no choice', JSON.stringify(completion))
  return toReply(piecesOf(message, end), end, [completion])
}

async function readStream(exchange: Exchange): Promise<RawReply> {
  const pieces: ChatPiece[] = []
  const telling: Completion[] = []
  let complete = false
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
    if (choice?.delta) pieces.push(...piecesOf(choice.delta, at))
    if (choice?.finish_reason) complete = true
    if (chunk.usage || chunk.timings) telling.push(chunk)
  }
  if (!complete) throw exchange.failure(`ended its reply after ${pieces.length} pieces`, last)
  return toReply(pieces, end, telling)
}

function piecesOf(delta: Delta, at: number): ChatPiece[] {
  const reasoning = delta.reasoning_content ?? delta.reasoning
  return [
    ...(reasoning ? [{ text: reasoning, at, reasoning: true }] : []),
    ...(delta.content ? [{ text: delta.content, at, reasoning: false }] : []),
  ]
}

function toReply(pieces: ChatPiece[], end: number, telling: Completion[]): RawReply {
  const usage = telling.findLast((one) => one.usage)?.usage
  const timings = telling.findLast((one) => one.timings)?.timings
  return {
    pieces,
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
