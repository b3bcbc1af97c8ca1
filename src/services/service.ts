import { relative, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError, messageOf } from '../errors.ts'
import type { Domain, SessionEvent } from '../events/index.ts'
import type { ModelUri } from '../plan/types.ts'
import type { ServiceRecipe } from './engine.ts'
import type { LeasedService } from './lease-protocol.ts'
import { portInUse } from './ports.ts'
import type { ProcessGuard } from './process-guard.ts'
import { pollUntilReady, within } from './readiness.ts'
import { exitInWords, ServiceError } from './service-error.ts'
import { lastLines } from './service-log.ts'
import { ServiceProcess } from './service-process.ts'
import type { Exit } from './spawn-service.ts'

/** What services share. */
export interface ServiceContext {
  guard: ProcessGuard
  env: NodeJS.ProcessEnv
  /** Directory of the session that is attached now. */
  directory(): string
  record(event: SessionEvent): void
}

/** What a service is to the loadout that it works for. */
export interface Role {
  /** Unique within the loadout. */
  name: string
  model: ModelUri
  domain: Domain
  loadout: string
}

/** How a service that was up ended. */
export type Death = Exit & { lastLines: string[] }

/** After a broken conversation its exit, if it comes so soon, is the better reason to tell. */
const EXIT_NEWS_MS = 300
/** Timers of Node take no more. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1
const PORT_TAKEN = /EADDRINUSE|address already in use/i

/** One service of a loadout. It is started once. */
export class Service {
  role: Role
  readonly recipe: ServiceRecipe
  /** Called when the process ends unasked after it was ready. */
  onDeath: (death: Death) => void = () => {}
  readonly #context: ServiceContext
  #process: ServiceProcess | null = null
  #ready = false

  constructor(role: Role, recipe: ServiceRecipe, context: ServiceContext) {
    this.role = role
    this.recipe = recipe
    this.#context = context
  }

  get alive(): boolean {
    return this.#ready && this.#process?.exit === null && !this.#process.isEnding
  }

  /** Path of its log; null before it was started. */
  get log(): string | null {
    return this.#process?.endpoint.log ?? null
  }

  /** The log as the attached session names it: its base name, or `../RUN_…/svc_….log` of an earlier one. */
  get logName(): string {
    return relative(this.#context.directory(), this.log ?? '').replaceAll(sep, '/')
  }

  facts(): LeasedService {
    const { name, model } = this.role
    return {
      name,
      engine: model.engine,
      model: this.recipe.model,
      url: this.#process?.endpoint.url ?? null,
      apis: this.recipe.apis,
      flags: model.flags,
      log: this.log,
    }
  }

  /**
   * Starts the process and waits until it is ready, loaded and warm, for `startupTimeout` seconds where the
   * recipe sets no limit of its own.
   *
   * @throws JarvisError MISSING, SERVICE_FAILED, SERVICE_TIMEOUT, PORT_IN_USE; the reason of `signal` when aborted
   */
  async start(signal: AbortSignal, startupTimeout: number): Promise<void> {
    const seconds = this.recipe.timeout ?? startupTimeout
    const deadline = AbortSignal.timeout(Math.min(seconds * 1_000, LONGEST_TIMEOUT_MS))
    try {
      await this.#startOnce(signal, deadline, seconds)
    } catch (error) {
      // Somebody else took the port between the choice and the start.
      if (this.recipe.port !== 'free' || !this.#lostItsPort()) throw error
      await this.stop({ unload: false })
      await this.#startOnce(signal, deadline, seconds)
    }
    this.#ready = true
  }

  async #startOnce(signal: AbortSignal, deadline: AbortSignal, seconds: number): Promise<void> {
    signal.throwIfAborted()
    const { recipe, role } = this
    const { guard, env } = this.#context
    const directory = this.#context.directory()
    const { model, domain } = role
    const spawned = await ServiceProcess.spawn({ recipe, model, domain, directory, env, guard })
    this.#process = spawned
    this.announce()
    void spawned.exited.then((exit) => this.#onExit(spawned, exit))
    const { endpoint } = spawned
    const over = AbortSignal.any([signal, deadline, spawned.gone])
    try {
      await within(over, () => pollUntilReady((probe) => recipe.isReady(endpoint, probe), over))
      await within(over, () => recipe.load?.(endpoint, over))
      await within(over, () => recipe.warmUp?.(endpoint, over))
    } catch (error) {
      signal.throwIfAborted()
      const late = deadline.aborted
      if (!late) await Promise.race([spawned.exited, sleep(EXIT_NEWS_MS)])
      throw this.#reason(error, spawned, late ? seconds : null)
    }
  }

  /** Records that the process runs; again when another session takes it over. */
  announce(): void {
    if (this.#process === null) return
    const { identity, endpoint, command } = this.#process
    const { model } = this.role
    this.#context.record({
      type: 'service_spawned',
      ...this.#ref(),
      engine: model.engine,
      model: model.text,
      pid: identity.pid,
      process_start: identity.start,
      port: endpoint.url === null ? null : endpoint.port,
      log: this.logName,
      command,
    })
  }

  /** Ends the process and all that came of it, and waits until it is gone. Never rejects. */
  async stop({ unload }: { unload: boolean }): Promise<void> {
    if (this.#process === null) return
    const left = await this.#process.end({ unload: unload && this.alive })
    if (left.length === 0) return
    const pids = left.map(({ pid }) => pid).join(', ')
    const message = `${this.role.model.text} could not be ended: processes ${pids} still run.`
    this.#context.record({ type: 'note', level: 'ERROR', message })
  }

  /** An error that says `sentence` and shows the last lines of the log. */
  failure(
    code: 'SERVICE_FAILED' | 'SERVICE_TIMEOUT',
    sentence: string,
    cause?: unknown,
  ): ServiceError {
    const log = this.log ?? ''
    return new ServiceError(code, sentence, { path: log, lastLines: lastLines(log) }, { cause })
  }

  #onExit({ identity, endpoint, isEnding }: ServiceProcess, exit: Exit): void {
    const lines = isEnding ? [] : lastLines(endpoint.log)
    this.#context.record({
      type: 'service_exited',
      ...this.#ref(),
      pid: identity.pid,
      ...exit,
      expected: isEnding,
      last_lines: lines,
    })
    if (isEnding) return
    // What it forked would keep its memory and its port.
    void this.stop({ unload: false })
    if (this.#ready) this.onDeath({ ...exit, lastLines: lines })
  }

  #reason(
    error: unknown,
    { exit, endpoint }: ServiceProcess,
    lateAfter: number | null,
  ): JarvisError {
    const { text } = this.role.model
    if (exit !== null) {
      if (this.#lostItsPort()) return portInUse(endpoint.port, text, { cause: error })
      const sentence = `${text} ${exitInWords(exit)} before it was ready.`
      return this.failure('SERVICE_FAILED', sentence, error)
    }
    if (lateAfter !== null) {
      const sentence = `${text} was not ready after ${lateAfter} s: ${this.recipe.lacks(endpoint)}.`
      return this.failure('SERVICE_TIMEOUT', sentence, error)
    }
    if (error instanceof JarvisError && error.code === 'MISSING') return error
    const sentence = `${text} failed while it was starting: ${messageOf(error)}.`
    return this.failure('SERVICE_FAILED', sentence, error)
  }

  #lostItsPort(): boolean {
    const started = this.#process
    if (started === null || started.exit === null) return false
    return lastLines(started.endpoint.log).some((line) => PORT_TAKEN.test(line))
  }

  #ref(): { domain: Domain; loadout: string; service: string } {
    const { domain, loadout, name } = this.role
    return { domain, loadout, service: name }
  }
}
