import type { LeasedService } from '../services/lease-protocol.ts'
import type { Media } from './media.ts'

/** One turn of a conversation. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** What a chat protocol sends. Images belong to the last message. */
export interface ChatRequest {
  messages: readonly ChatMessage[]
  images: readonly Media[]
  stream: boolean
  temperature: number
  seed: number
  maxTokens?: number | undefined
  signal: AbortSignal
}

/** A piece of a reply; `at` is seconds since the request was sent. */
export interface ChatPiece {
  text: string
  at: number
  reasoning: boolean
}

/** What a chat protocol received. A reply that was not streamed is one piece that came at the end. */
export interface RawReply {
  pieces: ChatPiece[]
  /** Seconds until the reply was complete. */
  end: number
  promptTokens: number | null
  outputTokens: number | null
  /** Whose counts the tokens are; null where nobody counted. */
  tokensSource: 'usage' | 'engine' | null
  /** The engine's own numbers: tokens a second and seconds. */
  engine: { decode_tps: number | null; prompt_tps: number | null; load_time: number | null }
}

/** Sends a conversation to a service and collects the reply. */
export type ChatProtocol = (service: LeasedService, request: ChatRequest) => Promise<RawReply>
