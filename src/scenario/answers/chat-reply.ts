import { characterCount, latency, type Latency, rate, wordCount } from '../../metrics/index.ts'
import type { ChatPiece, RawReply, ToolCall } from '../chat-protocol.ts'
import { splitReasoning } from './reasoning.ts'

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

/** Reads a reply's text and numbers out of what was received. */
export function toReply(raw: RawReply): ChatReply {
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

function textOf(pieces: readonly ChatPiece[]): string {
  return pieces.map(({ text }) => text).join('')
}
