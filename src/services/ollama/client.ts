import type { Response } from 'undici'
import { httpClient } from '../../host/http-client.ts'
import type { LoadedModel } from '../engine.ts'
import { BYTES_PER_GB } from '../../host/gigabytes.ts'
import { ollamaName } from '../../plan/ollama-name.ts'
import { printable } from '../printable.ts'

/** How much of an answer goes into a message. */
const LONGEST_ANSWER = 300
/** Progress of a pull is told about this often at most. */
const PROGRESS_MS = 2_000
const UNLOAD_PAUSE_MS = 50

/** What loads a model, and how long it stays. Parameters of `options` are Ollama's own. */
export interface LoadRequest {
  model: string
  keep_alive: number | string
  options: Record<string, number>
}

/** The version that answers at `url`. */
export async function versionAt(url: string, signal: AbortSignal): Promise<string | null> {
  const { version } = (await get(url, '/api/version', signal)) as { version?: unknown }
  return typeof version === 'string' ? version : null
}

/** Names of the models that are there. */
export async function modelsAt(url: string, signal: AbortSignal): Promise<string[]> {
  const answer = (await get(url, '/api/tags', signal)) as { models?: { name: string }[] | null }
  return (answer.models ?? []).map(({ name }) => name)
}

/** What an Ollama tells of a model (`docs/api.md`, "Show Model Information"). */
export function showAt(url: string, model: string, signal: AbortSignal): Promise<unknown> {
  return ask(url, '/api/show', { model }, signal)
}

/** The digest of a model's manifest; null where it is not there. */
export async function digestAt(
  url: string,
  name: string,
  signal: AbortSignal,
): Promise<string | null> {
  interface Row {
    name: string
    digest?: unknown
  }
  const { models } = (await get(url, '/api/tags', signal)) as { models?: Row[] | null }
  const found = models?.find((model) => ollamaName(model.name) === ollamaName(name))
  return typeof found?.digest === 'string' ? found.digest : null
}

/** What is in memory (`docs/api.md`, "List Running Models"). */
export async function loadedAt(url: string, signal: AbortSignal): Promise<LoadedModel[]> {
  interface Row {
    name: string
    size?: number
    size_vram?: number
  }
  const { models } = (await get(url, '/api/ps', signal)) as { models?: Row[] | null }
  // A zero may be left out.
  return (models ?? []).map(({ name, size = 0, size_vram = 0 }) => {
    return { name, size, sizeVram: size_vram }
  })
}

/** A generate without a prompt brings the model into memory. */
export async function load(url: string, request: LoadRequest, signal: AbortSignal): Promise<void> {
  await ask(url, '/api/generate', { ...request, stream: false }, signal)
}

/** One token, so that the first scenario does not pay for what happens once. */
export async function warmUp(
  url: string,
  { options, ...request }: LoadRequest,
  signal: AbortSignal,
): Promise<void> {
  const body = { ...request, prompt: 'Hi', stream: false, options: { ...options, num_predict: 1 } }
  await ask(url, '/api/generate', body, signal)
}

/** Takes a model out of memory and waits until it is out. */
export async function unload(url: string, model: string, signal: AbortSignal): Promise<void> {
  const body = { model, keep_alive: 0, stream: false }
  const answer = (await ask(url, '/api/generate', body, signal)) as { done_reason?: string }
  if (answer.done_reason !== 'unload') throw new Error(`${model} was not taken out of memory`)
  const name = ollamaName(model)
  // oxlint-disable-next-line no-await-in-loop -- the answer comes before the memory is free
  while ((await loadedAt(url, signal)).some((loaded) => ollamaName(loaded.name) === name)) {
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await new Promise((resolve) => setTimeout(resolve, UNLOAD_PAUSE_MS))
  }
}

/**
 * Downloads a model (`docs/api.md`, "Pull a Model"): a stream of lines with a status, and the bytes of one layer
 * after the other.
 *
 * @throws Error with what Ollama says went wrong
 */
export async function pull(
  url: string,
  model: string,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  interface Line {
    status?: string
    digest?: string
    total?: number
    completed?: number
    error?: string
  }
  const response = await post(url, '/api/pull', { model, stream: true }, signal)
  const layers = new Map<string, { total: number; completed: number }>()
  let told = performance.now() - PROGRESS_MS
  let status = ''
  for await (const text of linesOf(response)) {
    const line = JSON.parse(text) as Line
    if (line.error) throw new Error(printable(line.error, LONGEST_ANSWER))
    status = line.status ?? ''
    const { digest, total, completed = 0 } = line
    if (digest !== undefined && total) layers.set(digest, { total, completed })
    if (performance.now() - told < PROGRESS_MS) continue
    told = performance.now()
    progress(layers.size === 0 ? printable(status, LONGEST_ANSWER) : share([...layers.values()]))
  }
  if (status !== 'success') throw new Error(`its download ended after: ${status || 'nothing'}`)
}

/** `43 % of 1.2 GB`, of the layers that were heard of so far. */
function share(layers: { total: number; completed: number }[]): string {
  const total = layers.reduce((sum, layer) => sum + layer.total, 0)
  const completed = layers.reduce((sum, layer) => sum + layer.completed, 0)
  return `${Math.floor((completed / total) * 100)} % of ${(total / BYTES_PER_GB).toFixed(2)} GB`
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
    rest = lines.pop()!
    yield* lines.filter((line) => line.trim() !== '')
  }
  if (rest.trim() !== '') yield rest
}

async function get(url: string, path: string, signal: AbortSignal): Promise<unknown> {
  const { fetch } = await httpClient()
  const response = await fetch(`${url}${path}`, { signal, headers: { connection: 'close' } })
  if (!response.ok) throw await refusal(path, response)
  return response.json()
}

async function ask(url: string, path: string, body: object, signal: AbortSignal): Promise<unknown> {
  return (await post(url, path, body, signal)).json()
}

async function post(
  url: string,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<Response> {
  const { fetch } = await httpClient()
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(body),
    signal,
  })
  if (!response.ok) throw await refusal(path, response)
  return response
}

async function refusal(path: string, response: Response): Promise<Error> {
  const text = printable(await response.text(), LONGEST_ANSWER)
  return new Error(`${path} answered ${response.status} ${text}`)
}
