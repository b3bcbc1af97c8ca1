import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError, messageOf } from '../errors.ts'
import type { Domain } from '../events/index.ts'
import type { ProcessIdentity } from '../host/process-identity.ts'
import type { ModelUri } from '../plan/types.ts'
import { endProcesses } from './end-processes.ts'
import type { Endpoint, ServiceRecipe } from './engine.ts'
import { serviceEnvironment } from './environment.ts'
import { assertPortFree, choosePort, returnPort } from './ports.ts'
import type { ProcessGuard } from './process-guard.ts'
import { SERVICE_TAG, serviceTag, SESSION_TAG } from './process-tag.ts'
import { within } from './readiness.ts'
import { type Exit, type Spawned, spawnService } from './spawn-service.ts'

export interface ProcessOptions {
  recipe: ServiceRecipe
  model: ModelUri
  domain: Domain
  /** The session's directory. */
  directory: string
  env: NodeJS.ProcessEnv
  guard: ProcessGuard
}

/** How long the unloading of a model may hold up the stop of its process. */
const UNLOAD_TIMEOUT_MS = 2_000
/** How long after a process is gone its exit may take to be heard of. */
const EXIT_NEWS_MS = 500

/** One start of one service, from its port to the end of the last process that came of it. */
export class ServiceProcess {
  readonly endpoint: Endpoint
  /** The command line, for people. */
  readonly command: string
  readonly identity: ProcessIdentity
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
    this.command = command
    this.identity = { pid: spawned.pid, start: spawned.start }
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
    const command = recipe.command({ port, logDirectory: directory })
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
      const sentence = `${model.text} cannot be started: ${messageOf(error)}`
      throw new JarvisError('SERVICE_FAILED', sentence, { cause: error })
    }
  }

  /** Aborted when the process is gone. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  get isEnding(): boolean {
    return this.#ending !== null
  }

  /** Ends the process and all that came of it; gives what could not be ended. Never rejects. */
  end({ unload }: { unload: boolean }): Promise<ProcessIdentity[]> {
    this.#ending ??= this.#end(unload && this.exit === null)
    return this.#ending
  }

  async #end(unload: boolean): Promise<ProcessIdentity[]> {
    const { recipe, guard } = this.#options
    if (unload) {
      const limit = AbortSignal.any([AbortSignal.timeout(UNLOAD_TIMEOUT_MS), this.gone])
      await within(limit, () => recipe.unload?.(this.endpoint, limit)).catch(() => {})
    }
    const left = await endProcesses({
      leaders: [{ ...this.identity, grace: recipe.grace }],
      tags: [serviceTag(this.#id)],
      grace: recipe.grace,
      orphanedGroups: true,
    })
    returnPort(this.endpoint.port)
    if (left.length === 0) {
      await Promise.race([this.exited, sleep(EXIT_NEWS_MS)])
      guard.forget(this.identity.pid)
    }
    return left
  }
}
