import { cluesOf } from './brain/clues.ts'
import { instanceOf } from './brain/instance.ts'
import { SchemaError } from './brain/schema.ts'
import { reply } from './brain/reply.ts'
import { chooseTool, type Tool, type ToolCall, type ToolChoice } from './brain/tool-choice.ts'
import type { Picture, Turn } from './brain/turn.ts'
import { RequestError } from './http.ts'
import { tokensOf } from './tokens.ts'

/** What a request allows. */
export interface Limits {
  maxTokens: number | undefined
  stop: readonly string[]
  /** The answer is wrapped in a JSON object. */
  json: boolean
  /** A JSON schema that the answer is an instance of; absent: any text. */
  schema?: unknown
  tools: readonly Tool[]
  toolChoice: ToolChoice
}

/** A whole answer, cut into the tokens that will be streamed. */
export interface Completion {
  /** Of the text, or of the arguments of the call. */
  tokens: string[]
  promptTokens: number
  reason: 'stop' | 'length' | 'tool_calls'
  /** The tool that the model asks for instead of answering. */
  call: ToolCall | null
}

/** What a chat template adds to each message. */
const TOKENS_PER_TURN = 4
/** Pixels along the edge of one image token, as with Qwen2-VL. */
const PATCH = 28

/** Answers a conversation within its limits. Throws a RequestError (400) for a schema that nothing fits. */
export function complete(turns: readonly Turn[], limits: Limits, seed: number): Completion {
  const call = orRefuse(() => chooseTool(turns, limits.tools, limits.toolChoice))
  const text = call
    ? JSON.stringify(call.arguments)
    : cutAt(formed(turns, limits, reply(turns, seed)), limits.stop)
  const tokens = tokensOf(text)
  const allowed = limits.maxTokens ?? tokens.length
  const ended = call ? 'tool_calls' : 'stop'
  return {
    tokens: tokens.slice(0, allowed),
    promptTokens: turns.reduce((sum, turn) => sum + tokensIn(turn), 0),
    reason: tokens.length > allowed ? 'length' : ended,
    call,
  }
}

/** The answer in the form that was asked for. */
function formed(turns: readonly Turn[], { json, schema }: Limits, answer: string): string {
  if (schema === undefined) return json ? JSON.stringify({ answer }) : answer
  const question = turns.findLast(({ role }) => role === 'user')?.text ?? ''
  return JSON.stringify(orRefuse(() => instanceOf(schema, cluesOf(question, answer))))
}

function orRefuse<T>(make: () => T): T {
  try {
    return make()
  } catch (thrown) {
    if (!(thrown instanceof SchemaError)) throw thrown
    throw new RequestError(400, thrown.message, { code: 'invalid_schema' })
  }
}

/** Looks at a picture given in base64. Throws a RequestError (400) where it is not a PNG that can be read. */
export async function look(base64: string): Promise<Picture> {
  const [{ decodePng, PngError }, { see }] = await Promise.all([
    import('./image/png.ts'),
    import('./image/see.ts'),
  ])
  try {
    return see(decodePng(Buffer.from(base64, 'base64')))
  } catch (thrown) {
    if (!(thrown instanceof PngError)) throw thrown
    const message = `${thrown.message} The simulator reads PNG images only.`
    throw new RequestError(400, message, { param: 'messages', code: 'invalid_image' })
  }
}

function cutAt(text: string, stops: readonly string[]): string {
  const ends = stops.filter(Boolean).map((stop) => text.indexOf(stop))
  return text.slice(0, Math.min(text.length, ...ends.filter((end) => end >= 0)))
}

function tokensIn({ text, pictures }: Turn): number {
  const seen = pictures.map(
    ({ width, height }) => Math.ceil(width / PATCH) * Math.ceil(height / PATCH),
  )
  return TOKENS_PER_TURN + tokensOf(text).length + seen.reduce((sum, count) => sum + count, 0)
}
