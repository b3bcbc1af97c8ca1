import { characterCount, latency, type Latency, rate, wordCount } from '../metrics/index.ts'
import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { splitReasoning } from './answers/reasoning.ts'
import type { Media } from './media.ts'
import type {
  ChatMessage,
  ChatPiece,
  ChatProtocol,
  ChatRequest,
  RawReply,
  ToolCall,
} from './chat-protocol.ts'
import { cliChat } from './cli-program.ts'
import { watchRequest } from './doubt.ts'
import { noteChat } from './note-reply.ts'
import { ollamaChat } from './ollama-chat.ts'
import { openaiChat } from './openai-chat.ts'
import { type ChatTool, type SchemaLike, toJsonSchema, toToolDefinitions } from './schemas.ts'
import { hasOwnChat } from './services.ts'

/** How a conversation is continued. */
export interface ChatOptions {
  /** Whether the reply comes piece by piece. @default the loadout's `#stream` flag, else false */
  stream?: boolean
  /** Longest reply, in tokens. @default the engine's own limit */
  maxTokens?: number
  /** @default 0, so that runs can be compared */
  temperature?: number
  /** @default 0 */
  seed?: number
  /** What the model may ask for; its wishes are the reply's `toolCalls`. Nothing is called by itself. */
  tools?: readonly ChatTool[]
  /** What the reply has to be, as JSON Schema or as a schema of zod; the reply's text is then JSON. */
  schema?: SchemaLike
  /** Gives the request up, beside the end of the test. */
  signal?: AbortSignal
}

/** Latencies in seconds, rates a second, tokens by the count of `tokens_source`; null what cannot be had. */
export interface ChatMetrics extends Latency {
  prompt_tokens: number | null
  output_tokens: number | null
  tokens_source: 'usage' | 'engine' | 'chunks' | null
  wps: number | null
  cps: number | null
  decode_tps: number | null
  prompt_tps: number | null
  load_time: number | null
}

/** What a model answered. */
export interface ChatReply {
  /** The answer, without reasoning. */
  text: string
  /** What the model thought before it answered; empty where it did not or did not tell. */
  reasoning: string
  /** The tools that the model asked for, in its order. */
  toolCalls: ToolCall[]
  /** Everything as it arrived, reasoning included; `at` is seconds since the request was sent. */
  chunks: { text: string; at: number }[]
  usage: { prompt_tokens: number | null; output_tokens: number | null }
  metrics: ChatMetrics
}

/**
 * Sends a conversation to a service; `end` gives the request up. What arrives goes into `pieces` at once.
 */
export async function chat(
  service: LeasedService,
  messages: readonly ChatMessage[],
  images: readonly Media[],
  options: ChatOptions,
  end: AbortSignal,
  pieces: ChatPiece[] = [],
): Promise<ChatReply> {
  // A program hands over its reply as a whole.
  const stream = !service.apis.includes('cli') && (options.stream ?? isSet(service.flags['stream']))
  const request: ChatRequest = {
    messages,
    images,
    stream,
    temperature: options.temperature ?? 0,
    seed: options.seed ?? 0,
    maxTokens: options.maxTokens,
    tools: await toToolDefinitions(options.tools ?? []),
    schema: options.schema === undefined ? null : await toJsonSchema(options.schema),
    pieces,
    signal: eitherOf(end, options.signal),
  }
  const raw = await watchRequest(
    () => protocolOf(service)(service, request),
    ({ pieces: all, end: at, streamed }) =>
      streamed ? { first: all[0]?.at ?? null, end: at, pieces: all } : { first: null, end: at },
  )
  const reply = toReply(raw)
  noteChat(service, request, reply)
  return reply
}

/** A signal that fires with the first of both. */
export function eitherOf(end: AbortSignal, own: AbortSignal | undefined): AbortSignal {
  return own === undefined ? end : AbortSignal.any([end, own])
}

function protocolOf(service: LeasedService): ChatProtocol {
  if (service.apis.includes('cli')) return cliChat
  return hasOwnChat(service) ? ollamaChat : openaiChat
}

function toReply(raw: RawReply): ChatReply {
  const { pieces, end, streamed, promptTokens, outputTokens } = raw
  const content = pieces.filter((piece) => !piece.reasoning && !piece.tool)
  const { answer: text, reasoning, start } = splitReasoning(textOf(content))
  const thought = textOf(pieces.filter((piece) => piece.reasoning))
  const firstOutput = streamed ? firstOf(pieces, arrivalOf(content, start)) : null
  const chunks = streamed ? pieces.map(({ at }) => at) : []
  const tokens = { prompt_tokens: promptTokens, output_tokens: outputTokens }
  return {
    text,
    reasoning: [thought, reasoning].filter((part) => part !== '').join('\n\n'),
    toolCalls: raw.toolCalls,
    chunks: pieces.map((piece) => ({ text: piece.text, at: piece.at })),
    usage: tokens,
    metrics: {
      ...latency({ chunks, firstOutput, end, outputTokens }),
      // The tokens of several choices came at the same time.
      ...(raw.choices > 1 && { tpot: null }),
      ...tokens,
      tokens_source: raw.tokensSource,
      wps: rate(wordCount(text), end),
      cps: rate(characterCount(text), end),
      ...raw.engine,
    },
  }
}

/** When the character at this place of the text came. */
function arrivalOf(pieces: readonly ChatPiece[], place: number | null): number | null {
  if (place === null) return null
  let length = 0
  for (const { text, at } of pieces) {
    length += text.length
    if (length > place) return at
  }
  return null
}

/** A tool call is an answer too. */
function firstOf(pieces: readonly ChatPiece[], answer: number | null): number | null {
  const call = pieces.find(({ tool }) => tool)?.at ?? null
  return answer === null || call === null ? (answer ?? call) : Math.min(answer, call)
}

/** What a reply says so far, reasoning left out. */
export function textSoFar(pieces: readonly ChatPiece[]): string {
  return textOf(pieces.filter((piece) => !piece.reasoning && !piece.tool))
}

function textOf(pieces: readonly ChatPiece[]): string {
  return pieces.map(({ text }) => text).join('')
}

function isSet(flag: string | true | undefined): boolean {
  return flag === true || flag === 'true' || flag === '1'
}
