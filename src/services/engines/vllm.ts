import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { JarvisError } from '../../errors.ts'
import { fromHome } from '../../host/home-folder.ts'
import { findProgram } from '../../host/programs.ts'
import type { vllmFlags } from '../../plan/model-flags.ts'
import type { ModelUri } from '../../plan/types.ts'
import {
  type Engine,
  type EngineContext,
  onGpus,
  processKey,
  type ServiceRecipe,
} from '../engine.ts'
import { answers, getJson } from '../readiness/http-probe.ts'
import { capture } from './capture.ts'
import { findContainerEngine, removeOrphans, versionOfContainerEngine } from './containers.ts'
import { type FlagOption, flagOptions } from './flag-options.ts'
import { cachedRepository, holdsWeights, hubFolder } from './hugging-face.ts'
import { askOneToken, listsModel } from './openai-server.ts'
import {
  containerParts,
  shareOptions,
  vllmImage,
  type VllmModel,
  type VllmParts,
} from './vllm-container.ts'

/** Seconds between SIGTERM and SIGKILL: vLLM ends its workers in order, which takes it some ten. */
const GRACE_S = 20
const VERSION_TIMEOUT_MS = 5_000
/** Flags of `vllm://` and their options (vLLM documentation, "vllm serve"). */
const OPTIONS: Record<keyof typeof vllmFlags, FlagOption> = {
  ctx: '--max-model-len',
  gpu_util: '--gpu-memory-utilization',
  mm: ['--limit-mm-per-prompt', mediaLimits],
  dtype: '--dtype',
  quantization: '--quantization',
  kv_cache_dtype: '--kv-cache-dtype',
  max_num_seqs: '--max-num-seqs',
  tensor_parallel: '--tensor-parallel-size',
  seed: '--seed',
  revision: '--revision',
  enforce_eager: '--enforce-eager',
  trust_remote_code: '--trust-remote-code',
}

/** A name that is a path, not one of Hugging Face. */
const LOCAL = /^(?:[./\\]|~[/\\]|[A-Za-z]:[\\/])/
const GATED = /gated repo|GatedRepoError|Access to model .* is restricted/i
const UNKNOWN =
  /RepositoryNotFoundError|Repository Not Found for url|is not a valid model identifier|Invalid repository ID/i
const NOT_CACHED =
  /LocalEntryNotFoundError|Cannot find any model weights|OfflineModeIsEnabled|offline mode is enabled|couldn't connect to '?https:\/\/huggingface/i
const NO_GPU_RUNTIME = /could not select device driver|unresolvable CDI devices/i
const NO_IMAGE = /No such image|image not known|manifest unknown|pull access denied/i

/** `vllm serve` where it is installed, else the `vllm/vllm-openai` container. */
export const vllm: Engine = {
  async find(model, context) {
    const options = vllmOptions(model)
    const program = findProgram('vllm', { cwd: context.root, env: context.env })
    if (program !== null) {
      const found = findVllmModel(model, context)
      const files = (): string[] => filesOf(program, vllmFolder(model, context))
      return { ...recipe(model, programParts(program, { model, found, options }, context)), files }
    }
    const engine = await findContainerEngine(model, context)
    const found = findVllmModel(model, context)
    const parts = await containerParts(engine, { model, found, options }, context)
    const files = (): string[] => filesOf(null, vllmFolder(model, context))
    return { ...recipe(model, parts), files }
  },
  clear: removeOrphans,
  async versions(context) {
    const program = findProgram('vllm', { cwd: context.root, env: context.env })
    if (program !== null) return { vllm: await installedVersion(program, context) }
    const engine = await versionOfContainerEngine(context)
    return engine === null ? { vllm: null } : { vllm: vllmImage(context.env), ...engine }
  },
}

function recipe(model: ModelUri, { image, ...parts }: VllmParts): ServiceRecipe {
  const name = parts.model
  let answer: string | null = null
  return {
    ...parts,
    key: processKey(model),
    apis: ['openai'],
    port: 'free',
    grace: GRACE_S,
    timeout: null,
    lacks: ({ url }) =>
      answer ?? `${url}/health is not 200, or ${url}/v1/models does not list ${name}`,
    isReady: async (endpoint, signal) =>
      (await answers(`${endpoint.url}/health`, signal)) && listsModel(endpoint, name, signal),
    warmUp: ({ url }, signal) =>
      askOneToken(model, { name, url }, signal, (said) => {
        answer = said
      }),
    async told({ url }, signal) {
      const { version } = (await getJson(`${url}/version`, signal)) as { version?: unknown }
      if (typeof version !== 'string') return {}
      return { vllm: image === null ? version : `${version} (${image})` }
    },
    explain: (lines) => explainVllm(model, image, lines),
  }
}

function programParts(
  file: string,
  { model, found, options }: { model: ModelUri; found: VllmModel; options: string[] },
  { root }: EngineContext,
): VllmParts {
  return {
    image: null,
    model: model.name,
    command: ({ port, ...place }) => ({
      file,
      args: [
        'serve',
        found.folder ?? model.name,
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        // Without it a cached model goes by the path of its snapshot.
        '--served-model-name',
        model.name,
        ...options,
        ...shareOptions(place),
      ],
      // What is here is used as it is: a newer revision is several GB that nobody asked for.
      env: { ...(found.cached ? { HF_HUB_OFFLINE: '1' } : {}), ...onGpus(place) },
      cwd: root,
    }),
  }
}

const versions = new Map<string, Promise<string | null>>()

/** The version that would serve a model, asked once for each program; of a container that of its image's tag. */
export function vllmVersion(context: EngineContext): Promise<string | null> {
  const program = findProgram('vllm', { cwd: context.root, env: context.env })
  if (program === null) {
    return Promise.resolve(/:v?(\d+\.\d+[\w.-]*)$/.exec(vllmImage(context.env))?.[1] ?? null)
  }
  const known = versions.get(program) ?? installedVersion(program, context)
  versions.set(program, known)
  return known
}

/** What another version, and another model of the same name, differs in. */
function filesOf(program: string | null, folder: string | null): string[] {
  return [...(program === null ? [] : packagesOf(program)), ...(folder === null ? [] : [folder])]
}

/** Folders of what is installed for a program; as a rule there is one. */
function packagesOf(program: string): string[] {
  const prefix = dirname(dirname(realpathSync(program)))
  const libraries = [join(prefix, 'Lib'), ...folders(join(prefix, 'lib'), /^python3/)]
  return libraries.flatMap((library) =>
    folders(join(library, 'site-packages'), /^vllm-.*\.dist-info$/),
  )
}

/** The version by the name of its package's folder: importing vLLM to ask it takes many seconds. */
async function installedVersion(program: string, { env }: EngineContext): Promise<string | null> {
  const [installed] = packagesOf(program)
  if (installed !== undefined) {
    return basename(installed).slice('vllm-'.length, -'.dist-info'.length)
  }
  const { code, stdout } = await capture(program, ['--version'], {
    env,
    timeout: VERSION_TIMEOUT_MS,
  })
  return code === 0 ? (/\d+\.\d+\S*/.exec(stdout)?.[0] ?? null) : null
}

function folders(folder: string, pattern: RegExp): string[] {
  try {
    const names = readdirSync(folder).filter((name) => pattern.test(name))
    return names.map((name) => join(folder, name))
  } catch {
    return []
  }
}

/**
 * Finds a model: `vllm:///folder`, `vllm://./folder` or `vllm://owner/name`.
 *
 * @throws JarvisError MISSING when it would have to be fetched first and the plan does not say `pull: true`
 */
function findVllmModel(model: ModelUri, { plan, root, env }: EngineContext): VllmModel {
  const { name } = model
  if (LOCAL.test(name)) {
    const folder = resolve(root, fromHome(name, env))
    if (existsSync(folder)) return { folder, cached: true }
    throw new JarvisError('MISSING', `${model.text} is not there: no folder ${folder}.`)
  }
  const repository = cachedRepository(name, hubFolder(env), revisionOf(model))
  const cached = repository !== null && holdsWeights(repository)
  if (cached || plan.settings.pull) return { folder: null, cached }
  throw new JarvisError(
    'MISSING',
    `${model.text} is not in the Hugging Face cache ${hubFolder(env)}. Get it with: ${downloadOf(model)} ` +
      '(or set `pull: true` in the settings of the plan).',
  )
}

/** The folder that vLLM would load a model from; null where it is not here. */
export function vllmFolder(
  model: ModelUri,
  { root, env }: Pick<EngineContext, 'root' | 'env'>,
): string | null {
  const { name } = model
  if (!LOCAL.test(name)) {
    return cachedRepository(name, hubFolder(env), revisionOf(model))?.folder ?? null
  }
  const folder = resolve(root, fromHome(name, env))
  return existsSync(folder) ? folder : null
}

/** The command that fetches a model. */
function downloadOf(model: ModelUri): string {
  const revision = revisionOf(model)
  return `hf download ${model.name}${revision === undefined ? '' : ` --revision ${revision}`}`
}

function revisionOf({ flags }: ModelUri): string | undefined {
  const { revision } = flags
  return typeof revision === 'string' ? revision : undefined
}

/** The options of a model's flags. */
function vllmOptions(model: ModelUri): string[] {
  return flagOptions(model, OPTIONS)
}

/** `2` → `{"image":2}`, `image:2,video:0` → `{"image":2,"video":0}`; a bare `#mm` is one image. */
function mediaLimits(text: string | true): string {
  if (text === true) return JSON.stringify({ image: 1 })
  if (/^\d+$/.test(text)) return JSON.stringify({ image: Number(text) })
  const limits = text.split(',').map((part) => part.split(':'))
  return JSON.stringify(Object.fromEntries(limits.map(([kind, count]) => [kind, Number(count)])))
}

/** What the log of a vLLM that did not come up says plainly. The order counts: gated models are unknown too. */
function explainVllm(
  model: ModelUri,
  image: string | null,
  lines: readonly string[],
): JarvisError | null {
  const says = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line))
  const missing = (what: string): JarvisError =>
    new JarvisError('MISSING', `${model.text} cannot be started: ${what}`)
  if (says(NO_GPU_RUNTIME)) {
    return missing(
      'the container engine has no access to a GPU. Install the NVIDIA Container Toolkit, then: ' +
        'sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker',
    )
  }
  if (image !== null && says(NO_IMAGE)) {
    return missing(`the image ${image} is not to be had: check its name, or docker login.`)
  }
  if (says(GATED)) {
    return missing(
      `Hugging Face does not give ${model.name} to everybody. Ask for access on ` +
        `https://huggingface.co/${model.name}, then: hf auth login && ${downloadOf(model)}`,
    )
  }
  if (says(NOT_CACHED)) {
    return missing(`a part of it was never fetched. Get it with: ${downloadOf(model)}`)
  }
  if (says(UNKNOWN)) {
    return missing(
      `Hugging Face knows no model ${model.name}, or shows it only to those who are logged in. ` +
        `Check its name, or: hf auth login && ${downloadOf(model)}`,
    )
  }
  return null
}
