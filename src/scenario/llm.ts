import type { ChatReply } from './answers/chat-reply.ts'
import { chat, type ChatOptions, textSoFar } from './chat.ts'
import { currentAttempt, currentLease } from './current.ts'
import { noteInput } from './attach.ts'
import { loadMedia, type Media, type MediaSource } from './media.ts'
import type { ChatMessage, ChatPiece } from './chat-protocol.ts'
import { ServiceError } from './exchange.ts'
import type { Role } from '../plan/roles.ts'
import { serviceFor } from './services.ts'

/** Options of `llm.chat`. */
export interface LlmOptions extends ChatOptions {
  /** Images that go with the last message. */
  images?: MediaSource | readonly MediaSource[]
}

/** The language model of the loadout. */
export interface Llm {
  /**
   * Sends a question or a conversation. The texts and the metrics go into the test's result by themselves.
   *
   * @throws ServiceError when the service does not answer as it should
   */
  chat(messages: string | readonly ChatMessage[], options?: LlmOptions): Promise<ChatReply>
}

/** The model that understands images. */
export interface Vlm extends Llm {
  /** Asks about one or more images. */
  ask(
    images: MediaSource | readonly MediaSource[],
    question: string,
    options?: ChatOptions,
  ): Promise<ChatReply>
}

/** A client whose requests end with `end`. */
export function createLlm(end: AbortSignal, role: Role = 'llm'): Llm {
  const service = serviceFor(role, currentLease())
  return {
    chat: async (messages, { images = [], ...options } = {}) => {
      const attempt = currentAttempt(`${role}.chat`)
      const conversation = toMessages(messages)
      attempt.inputText(toText(conversation))
      const media = await loadAll(images, attempt.file)
      const pieces: ChatPiece[] = []
      // Also of a reply that breaks off, or that the test does not wait for any longer.
      let text = (): string | null => (pieces.length > 0 ? textSoFar(pieces) : null)
      attempt.outputText(() => text())
      const reply = await chat(service, conversation, media, options, end, pieces).catch(
        (error: unknown) => {
          keepReceived(error, pieces)
          throw error
        },
      )
      text = () => outputOf(reply)
      attempt.measure({ ...reply.metrics })
      return reply
    },
  }
}

/** As {@link createLlm}, for questions about images. */
export function createVlm(end: AbortSignal): Vlm {
  const client = createLlm(end, 'vlm')
  return {
    ...client,
    ask: (images, question, options) => client.chat(question, { ...options, images }),
  }
}

/** What came before the failure: the text goes by itself, here are its times. */
function keepReceived(error: unknown, pieces: readonly ChatPiece[]): void {
  // Only a stream has pieces before it is complete.
  const [first] = pieces
  if (!first || !(error instanceof ServiceError)) return
  currentAttempt('llm.chat').measure({ ttft: first.at })
  error.received = textSoFar(pieces)
}

/** The answer, and the tools that were asked for as lines of JSON. */
function outputOf({ text, toolCalls }: ChatReply): string {
  const calls = toolCalls.map((call) => `${call.name}(${JSON.stringify(call.arguments)})`)
  return [...(text === '' && calls.length > 0 ? [] : [text]), ...calls].join('\n')
}

function toMessages(messages: string | readonly ChatMessage[]): readonly ChatMessage[] {
  return typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages
}

function toText(messages: readonly ChatMessage[]): string {
  if (messages.length === 1) return messages[0]?.content ?? ''
  return messages.map(({ role, content }) => `${role}: ${content}`).join('\n')
}

async function loadAll(
  images: MediaSource | readonly MediaSource[],
  scenario: string,
): Promise<Media[]> {
  const list = Array.isArray(images) ? (images as readonly MediaSource[]) : [images as MediaSource]
  const media = await Promise.all(list.map((source) => loadMedia(source, scenario)))
  const first = media[0]
  if (first) await noteInput(first)
  return media
}
