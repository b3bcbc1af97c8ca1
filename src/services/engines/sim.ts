import { JarvisError } from '../../errors.ts'
import { entryPath } from '../../host/entry.ts'
import type { ModelUri } from '../../plan/types.ts'
import { type Endpoint, type Engine, processFlags, processKey } from '../engine.ts'
import { answers, post } from '../readiness/http-probe.ts'

/** Seconds between SIGTERM and SIGKILL. */
const GRACE_S = 5
/** Flags of the plan whose option of the process has another name. */
const OPTIONS: Record<string, string> = { load: 'load-time' }

/** The embedded engine: a process that speaks Ollama's and OpenAI's protocols without a model. */
export const sim: Engine = {
  find: async (model, { root }) => ({
    key: processKey(model),
    model: model.name,
    apis: ['openai', 'ollama'],
    port: 'free',
    grace: GRACE_S,
    timeout: null,
    command: ({ port }) => ({
      file: process.execPath,
      args: [entryPath(import.meta.url, 'sim/main'), '--port', String(port), ...options(model)],
      env: {},
      cwd: root,
    }),
    lacks: ({ url }) => `no answer from ${url} to a version, load or chat request`,
    isReady: ({ url }, signal) => answers(`${url}/api/version`, signal),
    load: async (endpoint, signal) => {
      await ask(model, endpoint, '/api/generate', { keep_alive: -1, stream: false }, signal)
    },
    warmUp: async (endpoint, signal) => {
      const messages = [{ role: 'user', content: 'Hi' }]
      const body = { messages, stream: false, options: { num_predict: 1 } }
      await ask(model, endpoint, '/api/chat', body, signal)
    },
    unload: async (endpoint, signal) => {
      await ask(model, endpoint, '/api/generate', { keep_alive: 0, stream: false }, signal)
    },
  }),
}

function options(model: ModelUri): string[] {
  const named = processFlags(model).flatMap(([flag, value]) => {
    const option = `--${OPTIONS[flag] ?? flag.replaceAll('_', '-')}`
    return value === true ? [option] : [option, value]
  })
  return ['--model', model.name, ...named]
}

async function ask(
  model: ModelUri,
  { url }: Endpoint,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<void> {
  const { status, text } = await post(`${url}${path}`, { model: model.name, ...body }, signal)
  if (status === 200) return
  if (status === 404) {
    throw new JarvisError('MISSING', `${model.text} is not there: ${path} answered 404 ${text}`)
  }
  throw new JarvisError('SERVICE_FAILED', `${model.text} answered ${path} with ${status} ${text}`)
}
