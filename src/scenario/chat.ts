import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { type ChatReply, toReply } from './answers/chat-reply.ts'
import type { Media } from './media.ts'
import type { ChatMessage, ChatPiece, ChatProtocol, ChatRequest } from './chat-protocol.ts'
import { requireCapabilities } from './capabilities.ts'
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
  await requireCapabilities(service, [
    ...(request.tools.length > 0 ? (['tools'] as const) : []),
    ...(images.length > 0 ? (['vision'] as const) : []),
  ])
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

/** What a reply says so far, reasoning left out. */
export function textSoFar(pieces: readonly ChatPiece[]): string {
  const content = pieces.filter((piece) => !piece.reasoning && !piece.tool)
  return content.map(({ text }) => text).join('')
}

function isSet(flag: string | true | undefined): boolean {
  return flag === true || flag === 'true' || flag === '1'
}
