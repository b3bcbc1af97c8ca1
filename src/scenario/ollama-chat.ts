import { rate } from '../metrics/index.ts'
import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { base64 } from './media.ts'
import type { ChatPiece, ChatRequest, RawReply, ToolCall } from './chat-protocol.ts'
import { Exchange } from './exchange.ts'

/** The parts of an answer, or of a line of it, that are read. Durations are nanoseconds, absent when zero. */
interface Line {
  message?: { content?: string; thinking?: string; tool_calls?: OllamaCall[] }
  done?: boolean
  error?: string
  load_duration?: number
  prompt_eval_count?: number
  prompt_eval_duration?: number
  eval_count?: number
  eval_duration?: number
}

interface OllamaCall {
  id?: string
  function?: { name?: string; arguments?: unknown }
}

const NANOSECONDS = 1e9

/** `POST /api/chat` (Ollama `docs/api.md`, "Generate a chat completion"). */
export async function ollamaChat(service: LeasedService, request: ChatRequest): Promise<RawReply> {
  const { stream, temperature, seed, maxTokens, tools, schema, signal } = request
  const body = {
    model: service.model,
    messages: messagesOf(request),
    stream,
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({ type: 'function', function: tool })),
    }),
    ...(schema !== null && { format: schema }),
    options: {
      ...loadedWith(service),
      temperature,
      seed,
      ...(maxTokens !== undefined && { num_predict: maxTokens }),
    },
  }
  const exchange = await Exchange.post(service, '/api/chat', { body, signal })
  return stream ? readStream(exchange, request.pieces) : readBatch(exchange)
}

/**
 * Ollama loads a model anew for a request that asks for another context or other layers on the GPU than it
 * was loaded with, and for its default where the request says nothing.
 */
function loadedWith({ engine, flags }: LeasedService): Record<string, number> {
  if (engine !== 'ollama') return {}
  const { ctx, num_gpu } = flags
  return {
    ...(typeof ctx === 'string' && { num_ctx: Number(ctx) }),
    ...(typeof num_gpu === 'string' && { num_gpu: Number(num_gpu) }),
  }
}

function messagesOf({ messages, images }: ChatRequest): unknown[] {
  return messages.map(({ role, content, toolCalls, toolName }, index) => ({
    role,
    content,
    ...(toolName !== undefined && { tool_name: toolName }),
    ...(toolCalls !== undefined && {
      tool_calls: toolCalls.map((call) => ({
        function: { name: call.name, arguments: call.arguments },
      })),
    }),
    ...(images.length > 0 && index === messages.length - 1 && { images: images.map(base64) }),
  }))
}

async function readBatch(exchange: Exchange): Promise<RawReply> {
  const line = await exchange.json<Line>()
  const end = exchange.elapsed()
  if (!line.message) throw exchange.failure('sent no message', JSON.stringify(line))
  return toReply(piecesOf(line, end), callsOf(line), end, line)
}

async function readStream(exchange: Exchange, pieces: ChatPiece[]): Promise<RawReply> {
  const calls: ToolCall[] = []
  let last = ''
  for await (const { line: text, at } of exchange.lines()) {
    if (text.trim() === '') continue
    last = text
    const line = exchange.parse<Line>(text)
    if (line.error) throw exchange.failure('reported an error in its reply', line.error)
    pieces.push(...piecesOf(line, at))
    calls.push(...callsOf(line))
    if (line.done) return toReply(pieces, calls, at, line)
  }
  throw exchange.cutShort(pieces.length, last)
}

function piecesOf({ message }: Line, at: number): ChatPiece[] {
  return [
    ...(message?.thinking ? [{ text: message.thinking, at, reasoning: true }] : []),
    ...(message?.content ? [{ text: message.content, at, reasoning: false }] : []),
    ...(message?.tool_calls ?? []).map((call) => {
      return { text: JSON.stringify(call.function), at, reasoning: false, tool: true as const }
    }),
  ]
}

function callsOf({ message }: Line): ToolCall[] {
  return (message?.tool_calls ?? []).map(({ id, function: call }) => {
    return { id: id ?? null, name: call?.name ?? '', arguments: call?.arguments ?? {} }
  })
}

function toReply(pieces: ChatPiece[], toolCalls: ToolCall[], end: number, line: Line): RawReply {
  const counted = line.eval_count !== undefined || line.prompt_eval_count !== undefined
  return {
    pieces,
    toolCalls,
    end,
    promptTokens: line.prompt_eval_count ?? null,
    outputTokens: line.eval_count ?? null,
    tokensSource: counted ? 'engine' : null,
    engine: {
      decode_tps: rate(line.eval_count ?? null, seconds(line.eval_duration)),
      prompt_tps: rate(line.prompt_eval_count ?? null, seconds(line.prompt_eval_duration)),
      load_time: seconds(line.load_duration),
    },
  }
}

function seconds(nanoseconds: number | undefined): number | null {
  return nanoseconds === undefined ? null : nanoseconds / NANOSECONDS
}
