import { JarvisError } from '../../errors.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { Endpoint } from '../engine.ts'
import { post } from '../readiness/http-probe.ts'

/** Whether `/v1/models` of a server lists a model. */
export async function listsModel(
  { url }: Endpoint,
  model: string,
  signal: AbortSignal,
): Promise<boolean> {
  const headers = { connection: 'close' }
  const response = await fetch(`${url}/v1/models`, { signal, headers })
  if (!response.ok) return false
  const { data } = (await response.json()) as { data?: { id?: string }[] }
  return data?.some(({ id }) => id === model) === true
}

/**
 * Asks for one token. A server may look healthy after its GPU has failed: only an answer counts. What has
 * no chat template is asked for a completion; what generates no text refuses both, which is an answer too.
 *
 * @throws JarvisError SERVICE_FAILED when the server fails at it
 */
export async function askOneToken(
  model: ModelUri,
  { name, url }: { name: string; url: string | null },
  signal: AbortSignal,
): Promise<void> {
  const messages = [{ role: 'user', content: 'Hi' }]
  const requests = [
    { path: '/v1/chat/completions', body: { model: name, messages, max_tokens: 1 } },
    { path: '/v1/completions', body: { model: name, prompt: 'Hi', max_tokens: 1 } },
  ]
  for (const { path, body } of requests) {
    // oxlint-disable-next-line no-await-in-loop -- the second only when the first is refused
    const { status, text } = await post(`${url}${path}`, body, signal)
    if (status < 400) return
    if (status < 500) continue
    const sentence = `${model.text} answered ${path} with ${status} ${text}`
    throw new JarvisError('SERVICE_FAILED', sentence)
  }
}
