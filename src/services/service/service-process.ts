import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError, messageOf } from '../../errors.ts'
import type { ProcessIdentity } from '../../host/process-identity.ts'
import type { Endpoint, ServiceRecipe } from '../engine.ts'
import { endProcesses } from '../processes/end-processes.ts'
import { serviceEnvironment } from '../processes/environment.ts'
import { assertPortFree, choosePort, returnPort } from '../processes/ports.ts'
import type { ProcessGuard } from '../processes/process-guard.ts'
import { SERVICE_TAG, serviceTag, SESSION_TAG } from '../processes/process-tag.ts'
import { within } from '../readiness/readiness.ts'
import type { PlaceOptions, ServicePlace } from './service-place.ts'
import { type Exit, type Spawned, spawnService } from './spawn-service.ts'

export interface ProcessOptions extends PlaceOptions {
  command: NonNullable<ServiceRecipe['command']>
  env: NodeJS.ProcessEnv
  guard: ProcessGuard
}

/** How long the unloading of a model may hold up the stop of its process. */
const UNLOAD_TIMEOUT_MS = 2_000
/** How long after a process is gone its exit may take to be heard of. */
const EXIT_NEWS_MS = 500

/** One start of one service, from its port to the end of the last process that came of it. */
export class ServiceProcess implements ServicePlace {
  readonly endpoint: Endpoint
  readonly process: { identity: ProcessIdentity; command: string }
  readonly exited: Promise<Exit>
  /** Null while it runs. */
  exit: Exit | null = null
  readonly #id: string
  readonly #options: ProcessOptions
  readonly #gone = new AbortController()
  #ending: Promise<ProcessIdentity[]> | null = null

  private constructor(
    options: ProcessOptions,
    { spawned, id, port, command }: { spawned: Spawned; id: string; port: number; command: string },
  ) {
    this.#options = options
    this.#id = id
    this.process = { identity: { pid: spawned.pid, start: spawned.start }, command }
    const url = options.recipe.port === null ? null : `http://127.0.0.1:${port}`
    this.endpoint = { port, url, log: spawned.log }
    this.exited = spawned.exited.then((exit) => {
      this.exit = exit
      this.#gone.abort()
      return exit
    })
  }

  /** @throws JarvisError PORT_IN_USE, SERVICE_FAILED when the program cannot be started at all */
  static async spawn(options: ProcessOptions): Promise<ServiceProcess> {
    const { recipe, model, domain, directory, env, guard } = options
    const port = recipe.port === 'free' ? await choosePort() : (recipe.port ?? 0)
    if (typeof recipe.port === 'number') await assertPortFree(port, model.text)
    const command = options.command({ port, logDirectory: directory })
    const id = randomUUID()
    const tags = { [SESSION_TAG]: directory, [SERVICE_TAG]: id }
    try {
      const spawned = await spawnService({
        command,
        env: serviceEnvironment(env, { ...command.env, ...tags }),
        directory,
        domain,
        model: model.name,
      })
      guard.watch({ pid: spawned.pid, start: spawned.start, grace: recipe.grace })
      const text = [command.file, ...command.args].join(' ')
      return new ServiceProcess(options, { spawned, id, port, command: text })
    } catch (error) {
      returnPort(port)
      await recipe.afterStop?.()
      const sentence = `${model.text} cannot be started: ${messageOf(error)}`
      throw new JarvisError('SERVICE_FAILED', sentence, { cause: error })
    }
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  get isEnding(): boolean {
    return this.#ending !== null
  }

  end({ unload }: { unload: boolean }): Promise<ProcessIdentity[]> {
    this.#ending ??= this.#end(unload && this.exit === null)
    return this.#ending
  }

  async #end(unload: boolean): Promise<ProcessIdentity[]> {
    const { recipe, guard } = this.#options
    const { identity } = this.process
    if (unload) {
      const limit = AbortSignal.any([AbortSignal.timeout(UNLOAD_TIMEOUT_MS), this.gone])
      await within(limit, () => recipe.unload?.(this.endpoint, limit)).catch(() => {})
    }
    const left = await endProcesses({
      leaders: [{ ...identity, grace: recipe.grace }],
      tags: [serviceTag(this.#id)],
      grace: recipe.grace,
      orphanedGroups: true,
    })
    await recipe.afterStop?.()
    returnPort(this.endpoint.port)
    if (left.length === 0) {
      await this.#exitNews()
      guard.forget(identity.pid)
    }
    return left
  }

  /** Waits for the exit to be heard of. A timer that is left would hold up the end of the whole run. */
  async #exitNews(): Promise<void> {
    const heard = new AbortController()
    const late = sleep(EXIT_NEWS_MS, undefined, { signal: heard.signal }).catch(() => {})
    await Promise.race([this.exited, late])
    heard.abort()
  }
}
