import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError } from '../../errors.ts'
import { httpClient } from '../../host/http-client.ts'
import type { ModelUri, ServiceDefinition } from '../../plan/types.ts'
import type { Endpoint } from '../engine.ts'
import { post } from '../readiness/http-probe.ts'

/** Whether `/v1/models` of a server lists a model. */
export async function listsModel(
  { url }: Endpoint,
  model: string,
  signal: AbortSignal,
): Promise<boolean> {
  const headers = { connection: 'close' }
  const { fetch } = await httpClient()
  const response = await fetch(`${url}/v1/models`, { signal, headers })
  if (!response.ok) return false
  const { data } = (await response.json()) as { data?: { id?: string }[] }
  return data?.some(({ id }) => id === model) === true
}

/** A server as the first request finds it. */
export interface FirstRequest {
  /** The model's name as requests carry it. */
  name: string
  url: string | null
  /** Whether scenarios chat with it; else it hears or speaks. */
  chats: boolean
  api: ServiceDefinition['api']
}

type Said = (what: string) => void

/** Between two requests to a server that is still loading its model. */
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000
const GROWTH = 1.5
/** What refuses an empty request does so at once. */
const REFUSAL_TIMEOUT_MS = 10_000
const UNAVAILABLE = 503
const NOT_IMPLEMENTED = 501
const LOADING = /\b(?:still|is|currently|being) load(?:ing|ed)\b|^loading\b|"loading\b/i

/**
 * Asks for one token. A server may look healthy while it loads its model, or after its GPU has failed: only an answer
 * counts. A 503 is asked again until `signal` says no more; `said` is told of it. What has no chat template is asked for a
 * completion; what generates no text refuses both, which is an answer too.
 *
 * @throws JarvisError SERVICE_FAILED when the server fails at it
 */
export async function askOneToken(
  model: ModelUri,
  { name, url }: Pick<FirstRequest, 'name' | 'url'>,
  signal: AbortSignal,
  said: Said,
): Promise<void> {
  const messages = [{ role: 'user', content: 'Hi' }]
  const requests = [
    { path: '/v1/chat/completions', body: { model: name, messages, max_tokens: 1 } },
    { path: '/v1/completions', body: { model: name, prompt: 'Hi', max_tokens: 1 } },
  ]
  for (const { path, body } of requests) {
    const ask = (): Promise<Answer> => post(`${url}${path}`, body, signal)
    // oxlint-disable-next-line no-await-in-loop -- the second only when the first is refused
    const { status, text } = await untilLoaded(ask, `${url}${path}`, signal, said)
    if (status < 400) return
    if (status < 500 || status === NOT_IMPLEMENTED) continue
    const sentence = `${model.text} answered ${path} with ${status} ${text}`
    throw new JarvisError('SERVICE_FAILED', sentence)
  }
}

/**
 * The first request to a server of the user's own: one token where scenarios chat with it. What hears or speaks is sent
 * an empty request, which it refuses without any work; only a 503 says that it is not there yet.
 *
 * @throws JarvisError SERVICE_FAILED when a server that scenarios chat with fails at it
 */
export async function askFirst(
  model: ModelUri,
  { chats, api, ...server }: FirstRequest,
  signal: AbortSignal,
  said: Said,
): Promise<void> {
  const isWhispercpp = api === 'whispercpp'
  if (chats && !isWhispercpp) return askOneToken(model, server, signal, said)
  const paths = isWhispercpp ? ['/inference'] : ['/v1/audio/transcriptions', '/v1/audio/speech']
  for (const path of paths) {
    const url = `${server.url}${path}`
    const ask = async (): Promise<Answer> => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(REFUSAL_TIMEOUT_MS)])
      // Whatever is no answer of HTTP's is none of ours to judge.
      return post(url, {}, limit).catch(() => ({ status: 0, text: '' }))
    }
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as scenarios would
    await untilLoaded(ask, url, signal, said)
  }
}

interface Answer {
  status: number
  text: string
}

async function untilLoaded(
  ask: () => Promise<Answer>,
  url: string,
  signal: AbortSignal,
  said: Said,
): Promise<Answer> {
  said(`no answer from ${url} to a first request`)
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS)) {
    // oxlint-disable-next-line no-await-in-loop -- asks again after a pause
    const answer = await ask().catch(unheard)
    if (!isLoading(answer)) return answer
    said(`${url} still answers ${answer.status} ${answer.text}`)
    // oxlint-disable-next-line no-await-in-loop -- see above
    await sleep(pause, undefined, { signal })
  }
}

/** Not open yet is as much as loading; whatever is no HTTP is none of ours to judge. */
function unheard(error: NodeJS.ErrnoException): Answer {
  if (error.code === 'ECONNREFUSED') return { status: UNAVAILABLE, text: 'connection refused' }
  if (error.code?.startsWith('HPE_')) return { status: 0, text: '' }
  throw error
}

function isLoading({ status, text }: Answer): boolean {
  return status === UNAVAILABLE || (status >= 500 && LOADING.test(text))
}
