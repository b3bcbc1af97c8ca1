import type { JarvisError } from '../errors.ts'
import type { VllmShare } from '../memory/vllm/vllm-share.ts'
import { clientFlags } from '../plan/model-flags.ts'
import { canonicalModel } from '../plan/model-uri.ts'
import type { ModelUri, Plan } from '../plan/types.ts'
import type { LeasedService } from './leases/lease-protocol.ts'

/** What an engine may look at to find a model. */
export interface EngineContext {
  plan: Plan
  /** The project's root, absolute. */
  root: string
  env: NodeJS.ProcessEnv
  /** Tells what goes on; absent where nobody listens. */
  note?(level: 'INFO' | 'WARN', message: string): void
}

/** The program of a service. It runs without a shell. */
export interface Command {
  file: string
  args: string[]
  /** Added to the allow-list. */
  env: Record<string, string>
  /** Absolute. */
  cwd: string
}

/** A program that is started for each request. It runs without a shell. */
export interface Invocation {
  file: string
  /** With `{input}` and `{output}` still in them. */
  args: string[]
  env: Record<string, string>
  /** Absolute. */
  cwd: string
}

/** A GPU that a service is told to use; `index` counts by the PCI bus, as nvidia-smi does. */
export interface ChosenGpu {
  index: number
  uuid: string
}

/** Where a service is started. */
export interface LaunchPlace {
  port: number
  logDirectory: string
  /** What tells this start from all others, as in the name of a container. */
  id: string
  /** The GPUs that it is to use; absent: those that it chooses itself. */
  gpus?: readonly ChosenGpu[] | undefined
  /** What of them vLLM is to take; absent: what it takes by itself. */
  share?: VllmShare | undefined
}

/** What tells a process which GPUs to use: by number, as vLLM ends at uuids (vllm-project/vllm 13815, 46132). */
export function onGpus({ gpus }: Pick<LaunchPlace, 'gpus'>): Record<string, string> {
  if (gpus === undefined) return {}
  const numbers = gpus.map(({ index }) => index).join(',')
  return { CUDA_VISIBLE_DEVICES: numbers, CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }
}

/** Where a started service is to be found. */
export interface Endpoint {
  /** The port it was given; 0 for a service without one. */
  port: number
  /**
   * `http://127.0.0.1:PORT`, null for a service without a port. Once it is ready, the host is the one that it was
   * asked at.
   */
  url: string | null
  /** Path of its log. */
  log: string
}

/** A model that an engine holds in memory. Sizes in bytes. */
export interface LoadedModel {
  name: string
  size: number
  /** Less than `size`: a part of it runs on the CPU. */
  sizeVram: number
}

/** How to start, await and stop the service of one model. */
export interface ServiceRecipe {
  /** Two recipes of the same key can share a process, one after the other. */
  key: string
  /** Recipes of one loadout that have this in common are served by one process, that of the first. */
  shares?: string
  /** The model's name as requests carry it. */
  model: string
  apis: LeasedService['apis']
  /** A number where it must be that one, null where it listens nowhere. */
  port: number | 'free' | null
  /** Seconds between a polite stop and force. */
  grace: number
  /** Seconds to become ready, loaded and warm; null: the plan's `startup_timeout`. */
  timeout: number | null
  /** The program of the service; null: nothing is started, the model is served at `url` or by `invocation`. */
  command: ((place: LaunchPlace) => Command) | null
  /** Base URL of a server that runs already, without a trailing slash; only where `command` is null. */
  url?: string
  /** A program that is started for each request; only where `command` is null. */
  invocation?: Invocation
  /** What was not there at the deadline: `no answer from http://…`. */
  lacks(endpoint: Endpoint): string
  /** One look whether it is up; polled until true. */
  isReady(endpoint: Endpoint, signal: AbortSignal): Promise<boolean>
  /** Where it was asked when it became ready, null where nowhere; absent: at its URL. */
  readyAt?(endpoint: Endpoint, signal: AbortSignal): Promise<URL | null>
  /** Whether the engine of its container publishes a port for it; null where that does not say. */
  publishes?(port: number): Promise<boolean | null>
  /** Brings the model into memory. @throws JarvisError MISSING when the service does not have it */
  load?(endpoint: Endpoint, signal: AbortSignal): Promise<void>
  /**
   * One tiny request, so that the first scenario does not pay for what happens once. `chats`: scenarios chat with it in
   * this loadout.
   */
  warmUp?(endpoint: Endpoint, signal: AbortSignal, chats: boolean): Promise<void>
  /** What the service, once it is up, says of its version, by the names that {@link Engine.versions} uses. */
  told?(endpoint: Endpoint, signal: AbortSignal): Promise<Record<string, string>>
  /** The digest of its model's files: another one is another model of the same name. Null: not known. */
  digest?(endpoint: Endpoint, signal: AbortSignal): Promise<string | null>
  /** What of its model the engine holds in memory: less than all of it on a GPU that is there makes results suspect. */
  loaded?(endpoint: Endpoint, signal: AbortSignal): Promise<LoadedModel[]>
  /**
   * What an exit before it was ready means, where the last lines of the log say it plainly: a model that is not
   * to be had is MISSING, not a failure. Null: nothing known.
   */
  explain?(lines: readonly string[]): JarvisError | null
  /** What else must end with the process, such as its container. Called after every stop; never rejects. */
  afterStop?(): Promise<void>
  /**
   * Whether a process that is not in the tree of the service's own, as one in its container, is its work; null where that
   * is not known yet.
   */
  owns?(pid: number): boolean | null
  /** Paths that no command names and that a model or its program changes with. */
  files?(): string[]
  /** Takes the model out of memory before the process is stopped. */
  unload?(endpoint: Endpoint, signal: AbortSignal): Promise<void>
}

/** What an engine has to know to make room for itself. */
export interface ClearContext extends EngineContext {
  note(level: 'INFO' | 'WARN', message: string): void
  signal: AbortSignal
}

/** A kind of service. One file each under `engines/`. */
export interface Engine {
  /**
   * Finds what is needed to serve a model here.
   *
   * @throws JarvisError MISSING, with the command or the lines that would provide it
   */
  find(model: ModelUri, context: EngineContext): Promise<ServiceRecipe>
  /**
   * Ends what stands in the way of this engine: at the start of a run that names it, and before each domain
   * that uses it.
   *
   * @throws JarvisError PORT_IN_USE or SERVICE_FAILED with the command that would free the way
   */
  clear?(context: ClearContext): Promise<void>
  /**
   * Versions of what is installed here, by name: the engine's own and what else serves its models, such as Docker.
   * Null for what is not here, or does not say. Takes a few seconds at most; empty where it never says.
   */
  versions?(context: EngineContext): Promise<Record<string, string | null>>
}

/** The flags of a model that its process has to know. */
export function processFlags(model: ModelUri): [name: string, value: string | true][] {
  return Object.entries(model.flags).filter(([name]) => !Object.hasOwn(clientFlags, name))
}

/** The key of a recipe: engine, name and what the process has to know. */
export function processKey(model: ModelUri): string {
  const flags = processFlags(model).map(([name, value]) => `#${name}=${value}`)
  return `${canonicalModel(model)}${flags.toSorted().join('')}`
}
