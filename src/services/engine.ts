import type { ModelUri, Plan } from '../plan/types.ts'
import type { LeasedService } from './lease-protocol.ts'

/** What an engine may look at to find a model. */
export interface EngineContext {
  plan: Plan
  /** The project's root, absolute. */
  root: string
  env: NodeJS.ProcessEnv
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

/** Where a started service is to be found. */
export interface Endpoint {
  /** The port it was given; 0 for a service without one. */
  port: number
  /** `http://127.0.0.1:PORT`, null for a service without a port. */
  url: string | null
  /** Path of its log. */
  log: string
}

/** How to start, await and stop the service of one model. */
export interface ServiceRecipe {
  /** Two recipes of the same key can share a process, one after the other. */
  key: string
  /** The model's name as requests carry it. */
  model: string
  apis: LeasedService['apis']
  /** A number where it must be that one, null where it listens nowhere. */
  port: number | 'free' | null
  /** Seconds between a polite stop and force. */
  grace: number
  /** Seconds to become ready, loaded and warm; null: the plan's `startup_timeout`. */
  timeout: number | null
  command(place: { port: number; logDirectory: string }): Command
  /** What was not there at the deadline: `no answer from http://…`. */
  lacks(endpoint: Endpoint): string
  /** One look whether it is up; polled until true. */
  isReady(endpoint: Endpoint, signal: AbortSignal): Promise<boolean>
  /** Brings the model into memory. @throws JarvisError MISSING when the service does not have it */
  load?(endpoint: Endpoint, signal: AbortSignal): Promise<void>
  /** One tiny request, so that the first scenario does not pay for what happens once. */
  warmUp?(endpoint: Endpoint, signal: AbortSignal): Promise<void>
  /** Takes the model out of memory before the process is stopped. */
  unload?(endpoint: Endpoint, signal: AbortSignal): Promise<void>
}

/** A kind of service. One file each under `engines/`. */
export interface Engine {
  /**
   * Finds what is needed to serve a model here.
   *
   * @throws JarvisError MISSING, with the command or the lines that would provide it
   */
  find(model: ModelUri, context: EngineContext): Promise<ServiceRecipe>
}

/** Flags for the client's side of a conversation; they make no difference to the process. */
const CLIENT_FLAGS = new Set(['stream'])

/** The flags of a model that its process has to know. */
export function processFlags(model: ModelUri): [name: string, value: string | true][] {
  return Object.entries(model.flags).filter(([name]) => !CLIENT_FLAGS.has(name))
}

/** The key of a recipe: engine, name and what the process has to know. */
export function processKey(model: ModelUri): string {
  const flags = processFlags(model).map(([name, value]) => `#${name}=${value}`)
  return `${model.engine}://${model.name}${flags.toSorted().join('')}`
}
