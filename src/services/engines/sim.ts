import { own } from '../../host/own.ts'
import { JarvisError } from '../../errors.ts'
import { entryPath } from '../../host/entry.ts'
import { secondsOf } from '../../plan/duration.ts'
import type { simFlags } from '../../plan/model-flags.ts'
import type { ModelUri } from '../../plan/types.ts'
import { type Endpoint, type Engine, processKey } from '../engine.ts'
import { answers, post } from '../readiness/http-probe.ts'
import { type FlagOption, flagOptions } from './flag-options.ts'

/** Seconds between SIGTERM and SIGKILL. */
const GRACE_S = 5
/** Flags of `sim://` and their options (`src/sim/options.ts`). */
const OPTIONS: Record<keyof typeof simFlags, FlagOption> = {
  load: ['--load-time', inSeconds],
  load_eager: '--load-eager',
  ttft: ['--ttft', inSeconds],
  rate: '--rate',
  memory: '--memory',
  cpu_share: '--cpu-share',
  seed: '--seed',
  fault: '--fault',
}

/** The simulator takes seconds alone. */
function inSeconds(value: string | true): string {
  return value === true ? '' : String(secondsOf(value) ?? value)
}

/** Options by the name of a model; see {@link unnamedOptions}. */
const UNNAMED = 'JARVIS_SIM'

/** The embedded engine: a process that speaks Ollama's and OpenAI's protocols without a model. */
export const sim: Engine = {
  find: async (model, { root, env }) => {
    const options = [...flagOptions(model, OPTIONS), ...unnamedOptions(model, env)]
    const program = entryPath(import.meta.url, 'sim/main')
    return {
      key: processKey(model),
      model: model.name,
      apis: ['openai', 'ollama'],
      port: 'free',
      grace: GRACE_S,
      timeout: null,
      command: ({ port }) => ({
        file: process.execPath,
        args: [program, '--port', String(port), '--model', model.name, ...options],
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
    }
  },
}

/**
 * What no name tells: a new driver or other weights change a server whose loadout is called as before, and so do these.
 *
 * @throws JarvisError USAGE for what is no list of options for each model
 */
function unnamedOptions({ name }: ModelUri, env: NodeJS.ProcessEnv): string[] {
  const text = env[UNNAMED]
  if (text === undefined || text === '') return []
  const options = own(parsed(text) ?? {}, name) ?? []
  if (Array.isArray(options) && options.every((word) => typeof word === 'string')) return options
  throw malformed(text)
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown> | null
  } catch (cause) {
    throw malformed(text, cause)
  }
}

function malformed(text: string, cause?: unknown): JarvisError {
  return new JarvisError(
    'USAGE',
    `Expected ${UNNAMED} to be options for each model, such as {"small": ["--rate", "90"]}, got ${text}`,
    { cause },
  )
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
