import { hash } from 'node:crypto'
import type { LeasedService } from '../services/leases/lease-protocol.ts'
import type { ChatRequest, ToolCall } from './chat-protocol.ts'
import { current } from './current.ts'
import type { Media } from './media.ts'

/** So many hexadecimal digits of SHA-256 tell replies apart. */
const DIGEST_LENGTH = 32

type AskedChat = Pick<
  ChatRequest,
  'messages' | 'images' | 'tools' | 'schema' | 'maxTokens' | 'temperature' | 'seed'
>

/** Notes with the running test what was asked and answered. Whether it came piece by piece makes no other request of it. */
export function noteChat(
  service: LeasedService,
  { messages, images, tools, schema, maxTokens, temperature, seed }: AskedChat,
  reply: { text: string; toolCalls: readonly ToolCall[] },
): void {
  const said = saidOf(service, { temperature, seed })
  const request = [messages, images.map(digestOfMedia), tools, schema, maxTokens ?? null, said]
  // Servers make up a name for each call anew.
  const calls = reply.toolCalls.map((call) => [call.name, call.arguments])
  note(request, [reply.text, calls], said)
}

/** As {@link noteChat}, of what was heard. */
export function noteTranscription(
  service: LeasedService,
  { media, language = null }: { media: Media; language?: string | null | undefined },
  text: string,
): void {
  const said = saidOf(service, { temperature: 0, seed: null })
  note([digestOfMedia(media), language, said], [text], said)
}

interface Said {
  temperature: number | null
  seed: number | null
}

/** A program is told neither. */
function saidOf({ apis }: LeasedService, said: Said): Said {
  return apis.includes('cli') ? { temperature: null, seed: null } : said
}

function note(request: unknown, reply: unknown, said: Said): void {
  const attempt = current().attempt.getStore()
  attempt?.reply({ request: digest(request), reply: digest(reply), ...said })
}

function digestOfMedia({ type, bytes }: Media): [type: string, digest: string] {
  return [type, hash('sha256', bytes).slice(0, DIGEST_LENGTH)]
}

function digest(value: unknown): string {
  return hash('sha256', JSON.stringify(value)).slice(0, DIGEST_LENGTH)
}
