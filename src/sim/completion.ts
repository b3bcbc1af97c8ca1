import { reply } from './brain/reply.ts'
import type { Picture, Turn } from './brain/turn.ts'
import { RequestError } from './http.ts'
import { tokensOf } from './tokens.ts'

/** What a request allows. */
export interface Limits {
  maxTokens: number | undefined
  stop: readonly string[]
  /** The answer is wrapped in a JSON object. */
  json: boolean
}

/** A whole answer, cut into the tokens that will be streamed. */
export interface Completion {
  tokens: string[]
  promptTokens: number
  reason: 'stop' | 'length'
}

/** What a chat template adds to each message. */
const TOKENS_PER_TURN = 4
/** Pixels along the edge of one image token, as with Qwen2-VL. */
const PATCH = 28

/** Answers a conversation within its limits. */
export function complete(turns: readonly Turn[], limits: Limits, seed: number): Completion {
  const answer = reply(turns, seed)
  const text = limits.json ? JSON.stringify({ answer }) : answer
  const tokens = tokensOf(cutAt(text, limits.stop))
  const allowed = limits.maxTokens ?? tokens.length
  return {
    tokens: tokens.slice(0, allowed),
    promptTokens: turns.reduce((sum, turn) => sum + tokensIn(turn), 0),
    reason: tokens.length > allowed ? 'length' : 'stop',
  }
}

/** Looks at a picture given in base64. Throws a RequestError (400) where it is not a PNG that can be read. */
export async function look(base64: string): Promise<Picture> {
  const [{ decodePng, PngError }, { see }] = await Promise.all([
    import('./image/png.ts'),
    import('./image/colour.ts'),
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
