import type { LeasedService } from '../services/leases/lease-protocol.ts'
import type { Media } from './media.ts'

/** A tool that the model asked for. */
export interface ToolCall {
  /** Names the call in a conversation; null where the engine gives none. */
  id: string | null
  name: string
  /** The arguments as the model gave them: an object, or the text where it is not JSON. */
  arguments: unknown
}

/** One turn of a conversation. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool'
  content: string
  /** What the assistant asked for in this turn. */
  toolCalls?: readonly ToolCall[]
  /** Of a `tool` turn: the call that it answers. */
  toolCallId?: string | null
  /** Of a `tool` turn: the name of the tool. */
  toolName?: string
}

/** A JSON Schema. */
export type JsonSchema = Record<string, unknown>

/** A tool as protocols send it. */
export interface ToolDefinition {
  name: string
  description?: string
  /** What its arguments are. */
  parameters: JsonSchema
}

/** What a chat protocol sends. Images belong to the last message. */
export interface ChatRequest {
  messages: readonly ChatMessage[]
  images: readonly Media[]
  stream: boolean
  temperature: number
  seed: number
  maxTokens?: number | undefined
  tools: readonly ToolDefinition[]
  /** What the reply has to be; null: any text. */
  schema: JsonSchema | null
  signal: AbortSignal
  /** Where each piece goes as it arrives, so that what was received survives a failure. */
  pieces: ChatPiece[]
}

/** A piece of a reply; `at` is seconds since the request was sent. */
export interface ChatPiece {
  text: string
  at: number
  reasoning: boolean
  /** A part of a tool call; its text is no part of the answer. */
  tool?: true
}

/** What a chat protocol received. A reply that was not streamed is one piece that came at the end. */
export interface RawReply {
  pieces: ChatPiece[]
  toolCalls: ToolCall[]
  /** Seconds until the last of the reply came; what follows it (its usage, `[DONE]`) does not count. */
  end: number
  /** It came piece by piece; a server may answer as a whole though a stream was asked for. */
  streamed: boolean
  /** How many choices came; this is the first of them, the counts are of all. */
  choices: number
  promptTokens: number | null
  outputTokens: number | null
  /** Whose counts the tokens are; null where nobody counted. */
  tokensSource: 'usage' | 'engine' | 'chunks' | null
  /** The engine's own numbers: tokens a second and seconds. */
  engine: { decode_tps: number | null; prompt_tps: number | null; load_time: number | null }
}

/** Sends a conversation to a service and collects the reply. */
export type ChatProtocol = (service: LeasedService, request: ChatRequest) => Promise<RawReply>
