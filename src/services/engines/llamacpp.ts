import { JarvisError } from '../../errors.ts'
import type { ModelUri } from '../../plan/types.ts'
import { type Endpoint, type Engine, type EngineContext, processKey } from '../engine.ts'
import { answers, getJson } from '../readiness/http-probe.ts'
import { findProgram } from '../../host/programs.ts'
import { capture } from './capture.ts'
import { findLlamaModel } from './llamacpp-model.ts'
import { llamaOptions } from './llamacpp-options.ts'
import { askOneToken } from './openai-server.ts'

/** Seconds between SIGTERM and SIGKILL. */
const GRACE_S = 5
const VERSION_TIMEOUT_MS = 5_000
const PROGRAM = 'llama-server'
/** Both names of one setting: the older builds know the first. */
const OFFLINE = { LLAMA_OFFLINE: '1', LLAMA_ARG_OFFLINE: '1' }
const REFUSED_BY_HUB =
  /(?:GET failed|failed with status code:?|HTTP status code|status code) ?\(?(?:401|403|404)/i

/** `llama-server` of llama.cpp: `LLAMA_SERVER`, else the one on PATH. */
export const llamacpp: Engine = {
  async find(model, context) {
    const { root } = context
    const options = llamaOptions(model, root)
    const file = programOf(context)
    if (file === null) throw noProgram(model, context)
    const { args, cached } = findLlamaModel(model, context)
    let answer: string | null = null
    return {
      key: processKey(model),
      model: model.name,
      apis: ['openai'],
      port: 'free',
      grace: GRACE_S,
      timeout: null,
      command: ({ port }) => ({
        file,
        args: [
          ...args,
          '--alias',
          model.name,
          '--host',
          '127.0.0.1',
          '--port',
          String(port),
          ...options,
        ],
        env: cached ? OFFLINE : {},
        cwd: root,
      }),
      lacks: ({ url }) =>
        answer ?? `${url}/health does not answer 200, the model is still being loaded`,
      // 503 while it loads.
      isReady: ({ url }, signal) => answers(`${url}/health`, signal),
      load: (endpoint, signal) => checkProperties(model, endpoint, signal),
      warmUp: ({ url }, signal) =>
        askOneToken(model, { name: model.name, url }, signal, (said) => {
          answer = said
        }),
      told,
      explain: (lines) => explain(model, lines),
    }
  },
  async versions(context) {
    const file = programOf(context)
    if (file === null) return { llamacpp: null }
    const { env } = context
    const told = await capture(file, ['--version'], { env, timeout: VERSION_TIMEOUT_MS })
    const build = /version: (\d+)/.exec(`${told.stderr}\n${told.stdout}`)?.[1]
    return { llamacpp: isBuild(build) ? build : null }
  },
}

/** `b6789-0a1b2c3d` for the build that the program calls `6789`. */
async function told({ url }: Endpoint, signal: AbortSignal): Promise<Record<string, string>> {
  const { build_info } = (await getJson(`${url}/props`, signal)) as { build_info?: unknown }
  const build = /^b(\d+)/.exec(String(build_info))?.[1]
  return isBuild(build) ? { llamacpp: build } : {}
}

/** A build that was not made from a clone has no number, and says 0. */
function isBuild(build: string | undefined): build is string {
  return build !== undefined && Number(build) > 0
}

function programOf({ root, env }: EngineContext): string | null {
  return findProgram(env['LLAMA_SERVER'] || PROGRAM, { cwd: root, env })
}

function noProgram(model: ModelUri, { env }: EngineContext): JarvisError {
  const named = env['LLAMA_SERVER']
  const what = named
    ? `LLAMA_SERVER names ${named}, which is no program`
    : `the program ${PROGRAM} was not found on PATH`
  const advice =
    'Get it with: brew install llama.cpp (or winget install llama.cpp, or ' +
    'https://github.com/ggml-org/llama.cpp/releases), or set LLAMA_SERVER to its path.'
  return new JarvisError('MISSING', `${model.text} cannot be started: ${what}. ${advice}`)
}

/** What `/props` tells of the loaded model has to be what the plan asked for. */
async function checkProperties(
  model: ModelUri,
  { url }: Endpoint,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(`${url}/props`, { signal, headers: { connection: 'close' } })
  const text = await response.text()
  if (!response.ok) {
    throw new JarvisError(
      'SERVICE_FAILED',
      `/props answered ${response.status} ${text.slice(0, 200)}`,
    )
  }
  const { modalities } = JSON.parse(text) as { modalities?: Record<string, boolean> }
  const blind = modalities !== undefined && !Object.values(modalities).includes(true)
  if (model.flags['mmproj'] === undefined || !blind) return
  const sentence =
    'the projector of #mmproj was loaded and gives the model neither sight nor hearing'
  throw new JarvisError('SERVICE_FAILED', sentence)
}

function explain(model: ModelUri, lines: readonly string[]): JarvisError | null {
  if (!lines.some((line) => REFUSED_BY_HUB.test(line))) return null
  const repository = model.name.split(':')[0]
  return new JarvisError(
    'MISSING',
    `${model.text} cannot be started: Hugging Face does not give it. Check its name, or log in and get ` +
      `it with: hf auth login && hf download ${repository}`,
  )
}
