import type { ChatRequest, RawReply } from '../chat-protocol.ts'
import type { Arrival } from './arrivals.ts'
import { BadReply } from './bad-reply.ts'
import { ReplyReader } from './reply-reader.ts'

/** The answer to a request, as whoever sent it hands it over. */
export interface Answer {
  /** The body as it arrives, until `deadline`; rejects where the connection breaks. */
  chunks(deadline: () => number | null): AsyncIterable<Arrival>
  /** An error that names the service and its URL, with what it said. */
  failure(what: string, quote: string, cause: unknown, facts: { received: string }): Error
}

/** Reads the answer to a chat. What arrives goes into the request's `pieces` at once. */
export async function readReply(
  answer: Answer,
  { stream, pieces }: Pick<ChatRequest, 'stream' | 'pieces'>,
): Promise<RawReply> {
  // Pieces that nobody asked for have no times that count.
  const reader = new ReplyReader(stream, stream ? pieces : [])
  try {
    for await (const { bytes, at } of answer.chunks(() => reader.deadline)) reader.take(bytes, at)
    return reader.end()
  } catch (error) {
    // A connection that breaks behind the last of a reply, or a limit that is reached there, takes nothing from it.
    if (!(error instanceof BadReply)) {
      if (reader.isComplete) return reader.end()
      throw error
    }
    const received = pieces.length > 0 ? '' : reader.said
    throw answer.failure(error.message, error.quote, error.cause, { received })
  }
}
