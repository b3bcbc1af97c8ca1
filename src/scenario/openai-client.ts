import type { OpenAI } from 'openai'
import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { apiUrl, apiKey } from './authorization.ts'
import type { Send } from './exchange.ts'

/** The client gives a request up after ten minutes by itself; here the test says how long it may take. */
const NO_TIMEOUT_MS = 2 ** 31 - 1

/** Asks for a chat completion. */
export const sendChat = withClient<OpenAI.ChatCompletionCreateParams>((client, body, options) =>
  client.chat.completions.create(body, options).asResponse(),
)

/** Asks for speech. */
export const sendSpeech = withClient<OpenAI.Audio.SpeechCreateParams>((client, body, options) =>
  client.audio.speech.create(body, options).asResponse(),
)

/** Asks for a transcription. */
export const sendTranscription = withClient<OpenAI.Audio.TranscriptionCreateParams>(
  (client, body, options) => client.audio.transcriptions.create(body, options).asResponse(),
)

/** OpenAI's own client, a tenth of a second to load: before the first request where it is known who is asked. */
export async function loadClient(): Promise<typeof OpenAI> {
  const { OpenAI: client } = await import('openai')
  return client
}

/** Sends by a method of OpenAI's own client. */
function withClient<Body>(
  ask: (client: OpenAI, body: Body, options: { signal: AbortSignal }) => Promise<Response>,
): Send {
  return async (service, body, signal) => {
    const Client = await loadClient()
    return async (fetchOnce) => {
      let response: Response | undefined
      const sendOnce: typeof fetch = async (url, init) => {
        response = await fetchOnce(url, init)
        // What is no success is read here: the client would leave nothing of it.
        return response.ok ? response : new Response(null, { status: response.status })
      }
      const client = new Client({
        ...credentials(service),
        baseURL: apiUrl(service, '/v1/').replace(/\/$/u, ''),
        organization: null,
        project: null,
        // A repeated request would be measured as a slow one.
        maxRetries: 0,
        timeout: NO_TIMEOUT_MS,
        logLevel: 'off',
        // With its `Response` at hand the client asks for no trial answer before it sends a file.
        fetch: Object.assign(sendOnce, { Response }),
      })
      // Its errors have no more to say than the response itself, or the reason of `fetch`.
      return ask(client, body as Body, { signal }).catch((error: unknown) => {
        if (response !== undefined) return response
        throw causeOf(error)
      })
    }
  }
}

/** The client refuses to start without a key, and would send it. */
function credentials(service: LeasedService) {
  const key = apiKey(service)
  return key === undefined
    ? { apiKey: 'none', defaultHeaders: { authorization: null } }
    : { apiKey: key }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error
}
