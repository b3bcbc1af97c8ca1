import { JarvisError, messageOf } from '../../errors.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { Endpoint, Engine, EngineContext, LoadedModel, ServiceRecipe } from '../engine.ts'
import { processKey } from '../engine.ts'
import { clearOllama, CLEAR_TIMING, type ClearTiming } from '../ollama/clear.ts'
import {
  digestAt,
  load,
  loadedAt,
  modelsAt,
  pull,
  unload,
  versionAt,
  warmUp,
} from '../ollama/client.ts'
import { loadRequest, type OllamaFlags, readFlags } from '../ollama/flags.ts'
import { type OllamaHost, systemHost } from '../ollama/host.ts'
import { ollamaName } from '../../plan/ollama-name.ts'
import { ownModels } from '../ollama/models-folder.ts'
import { ollamaPorts } from '../ollama/own-ports.ts'
import { findOllama, locateOllama, programVersion } from '../ollama/program.ts'
import { capture } from './capture.ts'

/** Seconds between SIGTERM and SIGKILL, which would orphan the runners: the server unloads its models first. */
const GRACE_S = 10
const PROGRAM_TIMEOUT_MS = 3_000
const VERSION_TIMEOUT_MS = 1_000

/** What is the same for all models of a run. */
interface Shared {
  host: OllamaHost | null
  timing: ClearTiming
  /** Where an instance that was ended has its models. */
  models: string | null
}

/** An engine of its own; `host` stands for the machine, which tests confine. */
export function createOllama(
  host: OllamaHost | null = null,
  timing: ClearTiming = CLEAR_TIMING,
): Engine {
  const shared: Shared = { host, timing, models: null }
  return {
    find: async (model, context) => recipeOf(model, context, shared),
    async clear(context) {
      const found = await clearOllama(host ?? systemHost(context.env), context, timing)
      if (found === null) return
      if (found.readable) shared.models = found.path
      else {
        context.note(
          'WARN',
          `The models of the Ollama that ran before lie in ${found.path}, which this user may not read: ` +
            'sudo usermod -a -G ollama $USER, then log in again; or set OLLAMA_MODELS.',
        )
      }
    },
    versions: async (context) => ({ ollama: await versionHere(context, shared) }),
  }
}

/** `ollama serve` on a port of its own, after every other Ollama has ended. */
export const ollama: Engine = createOllama()

function recipeOf(model: ModelUri, context: EngineContext, shared: Shared): ServiceRecipe {
  const { root, env, plan } = context
  const host = shared.host ?? systemHost(env)
  const file = findOllama(host, model, { cwd: root, env })
  const flags = readFlags(model)
  const folder = env['OLLAMA_MODELS'] || shared.models || ownModels(host)
  const request = loadRequest(model.name, flags)
  const state = { lacks: 'no answer' }
  const own = ollamaName(model.name)
  const ownLoaded = async ({ url }: Endpoint, signal: AbortSignal): Promise<LoadedModel[]> =>
    (await loadedAt(url!, signal)).filter(({ name }) => ollamaName(name) === own)
  const note: Note = (level, message) => context.note?.(level, message)
  return {
    key: processKey(model),
    shares: `ollama ${flags.context} ${flags.keepAlive}`,
    model: model.name,
    apis: ['ollama', 'openai'],
    port: 'free',
    grace: GRACE_S,
    timeout: null,
    command: ({ port }) => ({
      file,
      args: ['serve'],
      env: environment(port, folder, flags),
      cwd: root,
    }),
    lacks: ({ url }) => `${state.lacks} from ${url}`,
    async isReady({ url }, signal) {
      // The port opens before the search for GPUs is over.
      await modelsAt(url!, signal)
      return true
    },
    async load({ url }, signal) {
      const names = (await modelsAt(url!, signal)).map(ollamaName)
      if (!names.includes(ollamaName(model.name))) {
        if (!plan.settings.pull) throw missing(model, folder)
        await download(model, { url: url!, state, signal, note })
      }
      state.lacks = `no answer to the request that loads ${model.name}`
      await load(url!, request, signal)
    },
    async warmUp({ url }, signal) {
      state.lacks = 'no answer to the first request'
      await warmUp(url!, request, signal)
    },
    async told({ url }, signal) {
      const version = await versionAt(url!, signal)
      return version === null ? {} : { ollama: version }
    },
    digest: ({ url }, signal) => digestAt(url!, model.name, signal),
    // Where none of its layers was to be on the GPU, none is missing there.
    ...(flags.gpuLayers !== 0 && { loaded: ownLoaded }),
    unload: ({ url }, signal) => unload(url!, model.name, signal),
  }
}

function environment(port: number, folder: string, flags: OllamaFlags): Record<string, string> {
  return {
    OLLAMA_HOST: `127.0.0.1:${port}`,
    OLLAMA_MODELS: folder,
    // The layers of the user's models are not this run's to tidy up.
    OLLAMA_NOPRUNE: '1',
    OLLAMA_DEBUG: '1',
    OLLAMA_KEEP_ALIVE: String(flags.keepAlive),
    ...(flags.context !== null && { OLLAMA_CONTEXT_LENGTH: String(flags.context) }),
  }
}

interface Download {
  url: string
  state: { lacks: string }
  signal: AbortSignal
  note: Note
}

type Note = NonNullable<EngineContext['note']>

/** @throws JarvisError MISSING with what Ollama says of a model that is not to be had */
async function download(model: ModelUri, { url, state, signal, note }: Download): Promise<void> {
  const tell = (what: string): void => {
    state.lacks = `no end of the download of ${model.name} (${what})`
    note('INFO', `Pulling ${model.text}: ${what}`)
  }
  try {
    await pull(url, model.name, tell, signal)
  } catch (error) {
    signal.throwIfAborted()
    const message = `${model.text} could not be pulled: ${messageOf(error)}`
    throw new JarvisError('MISSING', message, { cause: error })
  }
  tell('done')
}

function missing(model: ModelUri, folder: string): JarvisError {
  return new JarvisError(
    'MISSING',
    `${model.text} is not among the models in ${folder}. Get it: ollama pull ${model.name}, or let the plan ` +
      'do it: settings: { pull: true }',
  )
}

/** Of the program that a run starts; of a server that runs already only where the program does not tell. */
async function versionHere({ root, env }: EngineContext, shared: Shared): Promise<string | null> {
  const host = shared.host ?? systemHost(env)
  const program = locateOllama(host, { cwd: root, env })
  if (program === null) return null
  const { stdout, stderr } = await capture(program, ['--version'], {
    env,
    timeout: PROGRAM_TIMEOUT_MS,
  })
  const known = programVersion(program, `${stdout}\n${stderr}`)
  if (known !== null) return known
  const signal = AbortSignal.timeout(VERSION_TIMEOUT_MS)
  const answers = await Promise.all(
    (host.ports ?? ollamaPorts(env)).map((port) =>
      versionAt(`http://127.0.0.1:${port}`, signal).catch(() => null),
    ),
  )
  return answers.find((version) => version !== null) ?? null
}
