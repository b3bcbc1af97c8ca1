import { existsSync } from 'node:fs'
import { JarvisError } from '../../errors.ts'
import { makeFolder } from '../../host/make-folder.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { EngineContext, LaunchPlace, ServiceRecipe } from '../engine.ts'
import { ContainerProcesses } from './container-processes.ts'
import {
  type ContainerEngine,
  hasImage,
  labelsOf,
  publishesPort,
  removeContainer,
} from './containers.ts'
import { hubFolder, hubHome } from './hugging-face.ts'

/** Where the weights of a `vllm://` model are. */
export interface VllmModel {
  /** Absolute path of its folder; null for a repository of Hugging Face. */
  folder: string | null
  /** Whether all that is needed is here, so that nothing has to be fetched. */
  cached: boolean
}

/** What differs between a program and a container. */
export type VllmParts = Pick<
  ServiceRecipe,
  'command' | 'model' | 'afterStop' | 'publishes' | 'owns'
> & {
  /** The image; null for a program. */
  image: string | null
}

const DEFAULT_IMAGE = 'vllm/vllm-openai:latest'
/** Where vLLM listens inside, and where its image keeps the Hugging Face cache. */
const INNER_PORT = '8000'
const INNER_HOME = '/root/.cache/huggingface'
const INNER_MODEL = '/model'

/** The image that serves `vllm://` where there is no vllm program: `JARVIS_VLLM_IMAGE`. */
export function vllmImage(env: NodeJS.ProcessEnv): string {
  return env['JARVIS_VLLM_IMAGE'] || DEFAULT_IMAGE
}

/**
 * vLLM as a container, attached in the foreground: its output is the service's log, and a polite signal to
 * the command is passed on to it.
 *
 * @throws JarvisError MISSING when the image is not here and the plan does not say `pull: true`
 */
export async function containerParts(
  engine: ContainerEngine,
  { model, found, options }: { model: ModelUri; found: VllmModel; options: string[] },
  context: EngineContext,
): Promise<VllmParts> {
  const { plan, root, env } = context
  const image = vllmImage(env)
  const { pull } = plan.settings
  if (!pull && !(await hasImage(engine, image, context))) {
    throw new JarvisError(
      'MISSING',
      `${model.text} cannot be started: there is no vllm program on PATH, and the image ${image} is not ` +
        `here. Get it (about 10 GB) with: ${engine.kind} pull ${image} ` +
        '(or set `pull: true` in the settings of the plan).',
    )
  }
  const started = new Set<string>()
  const processes = new ContainerProcesses(engine, env)
  return {
    image,
    model: model.name,
    command: ({ port, logDirectory, id, gpus, share }) => {
      const name = `jarvis-vllm-${id}`
      started.add(name)
      processes.names = started
      const life = ['run', '--rm', '--init', '--name', name, '--pull', pull ? 'missing' : 'never']
      const network = ['--publish', `127.0.0.1:${port}:${INNER_PORT}`]
      const own = gpus?.map(({ uuid }) => uuid) ?? visibleGpus(env)
      const memory = [...gpuOptions(engine, own ?? ['all']), '--ipc', 'host']
      const serve = ['serve', found.folder === null ? model.name : INNER_MODEL]
      const listen = ['--host', '0.0.0.0', '--port', INNER_PORT]
      const args = [
        ...life,
        ...labelsOf(logDirectory),
        ...memory,
        ...network,
        ...mounts(found, env),
        ...environment(found, env, own !== null),
        '--entrypoint',
        'vllm',
        image,
        ...serve,
        ...listen,
        '--served-model-name',
        model.name,
        ...options,
        ...shareOptions({ share }),
      ]
      return { file: engine.file, args, env: {}, cwd: root }
    },
    owns: (pid) => processes.owns(pid),
    async publishes(port) {
      const name = [...started].at(-1)
      return name === undefined ? null : publishesPort(engine, name, port, context)
    },
    async afterStop() {
      const names = [...started]
      started.clear()
      processes.names = []
      await Promise.all(names.map((name) => removeContainer(engine, name, context)))
    },
  }
}

/** What tells vLLM how much of its GPUs to take. Also with the cache in bytes it wants its share of them free at its start. */
export function shareOptions({ share }: Pick<LaunchPlace, 'share'>): string[] {
  if (share === undefined) return []
  const { cacheBytes, utilization } = share
  const cache = cacheBytes === null ? [] : ['--kv-cache-memory-bytes', String(cacheBytes)]
  return ['--gpu-memory-utilization', String(utilization), ...cache]
}

/** The GPUs that a run is left, by the numbers or uuids that engines of containers know as well; null: it is told none. */
function visibleGpus({ CUDA_VISIBLE_DEVICES: stated }: NodeJS.ProcessEnv): string[] | null {
  if (stated === undefined) return null
  const words = stated.split(',').map((word) => word.trim())
  const end = words.findIndex((word) => !/^(?:\d+|(?:GPU|MIG)-[\w/-]+)$/.test(word))
  return end === -1 ? words : words.slice(0, end)
}

/** Podman has no GPU option of its own before version 5; both know the devices of CDI, but Docker not always. */
function gpuOptions({ kind }: ContainerEngine, gpus: readonly string[]): string[] {
  if (gpus.length === 0) return []
  if (kind === 'podman') return gpus.flatMap((gpu) => ['--device', `nvidia.com/gpu=${gpu}`])
  // A list of its own: what it separates by commas must stand in quotes.
  return ['--gpus', gpus[0] === 'all' ? 'all' : `"device=${gpus.join(',')}"`]
}

function mounts({ folder }: VllmModel, env: NodeJS.ProcessEnv): string[] {
  const home = hubHome(env)
  // A folder that is not there would be made by the engine, and belong to root.
  if (!existsSync(home)) makeFolder(home)
  const volumes = [`${home}:${INNER_HOME}`]
  const hub = hubFolder(env)
  if (!hub.startsWith(home) && existsSync(hub)) volumes.push(`${hub}:${INNER_HOME}/hub`)
  if (folder !== null) volumes.push(`${folder}:${INNER_MODEL}:ro`)
  return volumes.flatMap((volume) => ['--volume', volume])
}

/** Names alone: the values come from the command's environment, so that no token is on a command line. */
function environment(
  { cached }: VllmModel,
  env: NodeJS.ProcessEnv,
  areGpusGiven: boolean,
): string[] {
  const passed = /^(?:HF_TOKEN|HF_ENDPOINT|CUDA_VISIBLE_DEVICES|NVIDIA_VISIBLE_DEVICES|VLLM_\w+)$/
  // Of GPUs that it is given one by one, none is left to choose.
  const chooses = (name: string): boolean => !(areGpusGiven && name.endsWith('_VISIBLE_DEVICES'))
  const names = Object.keys(env).filter((name) => passed.test(name) && env[name] && chooses(name))
  const variables = cached ? [...names, 'HF_HUB_OFFLINE=1'] : names
  return variables.flatMap((variable) => ['--env', variable])
}
