import { relative, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError, messageOf } from '../../errors.ts'
import type { Domain } from '../../events/index.ts'
import type { Endpoint, ServiceRecipe } from '../engine.ts'
import type { LeasedService } from '../leases/lease-protocol.ts'
import { portInUse } from '../processes/ports.ts'
import { pollUntilReady, within } from '../readiness/readiness.ts'
import type { Death, Role, ServiceContext } from './service-context.ts'
import { type Exit, exitInWords, ServiceError } from './service-error.ts'
import { lastLines } from './service-log.ts'
import { placeBeside, placeElsewhere, type ServicePlace } from './service-place.ts'
import { ServiceProcess } from './service-process.ts'

/** After a broken conversation its exit, if it comes so soon, is the better reason to tell. */
const EXIT_NEWS_MS = 300
/** How long a service may take to tell what it holds in memory. */
const LOADED_TIMEOUT_MS = 5_000
/** Timers of Node take no more. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1
/** A traceback may be longer than what a message shows of it. */
const LINES_TO_EXPLAIN = 100
const PORT_TAKEN = /EADDRINUSE|address already in use/i

/** One service of a loadout. It is started once. */
export class Service {
  role: Role
  readonly recipe: ServiceRecipe
  /** Called when the process ends unasked after it was ready. */
  onDeath: (death: Death) => void = () => {}
  /** The one whose process serves this one too. */
  readonly host: Service | null
  readonly #context: ServiceContext
  readonly #started = Promise.withResolvers<void>()
  #place: ServicePlace | null = null
  #ready = false
  #isOffloaded = false
  /** The session that its process was last told to, by its directory. */
  #toldTo: string | null = null

  constructor(
    role: Role,
    recipe: ServiceRecipe,
    context: ServiceContext,
    host: Service | null = null,
  ) {
    this.role = role
    this.host = host
    this.recipe = recipe
    this.#context = context
  }

  get alive(): boolean {
    return this.#ready && this.#place?.exit === null && !this.#place.isEnding
  }

  /** Of its process; null before it was started, and where it has none. */
  get pid(): number | null {
    return this.#place?.process?.identity.pid ?? null
  }

  /** A part of its model runs on the CPU. */
  get isOffloaded(): boolean {
    return this.#isOffloaded
  }

  /** Path of its log; null before it was started, and where it has none. */
  get log(): string | null {
    return this.#place?.endpoint.log || null
  }

  /** The log as the attached session names it: its base name, or `../RUN_…/svc_….log` of an earlier one. */
  get logName(): string {
    return relative(this.#context.directory(), this.log ?? '').replaceAll(sep, '/')
  }

  facts(): LeasedService {
    const { name, model } = this.role
    const { invocation } = this.recipe
    return {
      name,
      engine: model.engine,
      model: this.recipe.model,
      url: this.#place?.endpoint.url ?? null,
      apis: this.recipe.apis,
      flags: model.flags,
      ...(invocation && { invocation }),
      log: this.log,
    }
  }

  /**
   * Starts the process, where it is one, and waits until it is ready, loaded and warm, for `startupTimeout` seconds where the
   * recipe sets no limit of its own.
   *
   * @throws JarvisError MISSING, SERVICE_FAILED, SERVICE_TIMEOUT, PORT_IN_USE; the reason of `signal` when aborted
   */
  async start(signal: AbortSignal, startupTimeout: number): Promise<void> {
    const { host } = this
    if (host !== null) await within(signal, () => host.#started.promise)
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
    this.#started.resolve()
  }

  async #startOnce(signal: AbortSignal, deadline: AbortSignal, seconds: number): Promise<void> {
    signal.throwIfAborted()
    const place = await this.#open()
    this.#place = place
    this.announce()
    void place.exited.then((exit) => this.#onExit(place, exit))
    const over = AbortSignal.any([signal, deadline, place.gone])
    try {
      await this.#becomeReady(place.endpoint, over)
    } catch (error) {
      signal.throwIfAborted()
      const late = deadline.aborted
      if (!late && place.process) await Promise.race([place.exited, sleep(EXIT_NEWS_MS)])
      throw this.#reason(error, place, late ? seconds : null)
    }
  }

  async #open(): Promise<ServicePlace> {
    const { recipe, role } = this
    const { guard, env } = this.#context
    const { model, domain } = role
    const options = { recipe, model, domain, directory: this.#context.directory() }
    const { command } = recipe
    if (this.host !== null) return placeBeside(this.host.#place!, recipe)
    if (command === null) return placeElsewhere(options)
    return ServiceProcess.spawn({ ...options, command, env, guard })
  }

  async #becomeReady(endpoint: Endpoint, over: AbortSignal): Promise<void> {
    const { recipe } = this
    // A program that runs for each request is there to be asked at any time.
    if (recipe.invocation === undefined) {
      await within(over, () => pollUntilReady((probe) => recipe.isReady(endpoint, probe), over))
    }
    await within(over, () => recipe.load?.(endpoint, over))
    if (recipe.warmUp !== undefined) {
      const { domain, loadout, model } = this.role
      this.#context.record({ type: 'model_warming', domain, loadout, model: model.text })
      await within(over, () => recipe.warmUp?.(endpoint, over))
    }
    this.#isOffloaded = await this.#asksWhetherOffloaded(endpoint, over)
  }

  /** What cannot be asked is not known to be wrong. */
  async #asksWhetherOffloaded(endpoint: Endpoint, over: AbortSignal): Promise<boolean> {
    const limit = AbortSignal.any([over, AbortSignal.timeout(LOADED_TIMEOUT_MS)])
    const models = await within(limit, () => this.recipe.loaded?.(endpoint, limit)).catch(() => [])
    over.throwIfAborted()
    return models?.some(({ size, sizeVram }) => sizeVram < size) ?? false
  }

  /** Records that the process runs; again when another session takes it over. */
  announce(): void {
    this.#tell('service_spawned')
    this.#toldTo = this.#context.directory()
  }

  /** Records that the process, which runs already, works for another loadout from now on. */
  announceKept(): void {
    if (this.#toldTo === this.#context.directory()) this.#tell('service_kept')
    else this.announce()
  }

  #tell(type: 'service_spawned' | 'service_kept'): void {
    const { process, endpoint } = this.#place ?? {}
    if (!process || !endpoint) return
    const { model } = this.role
    this.#context.record({
      type,
      ...this.#ref(),
      engine: model.engine,
      model: model.text,
      pid: process.identity.pid,
      process_start: process.identity.start,
      port: endpoint.url === null ? null : endpoint.port,
      log: this.logName,
      command: process.command,
    })
  }

  /** Ends the process and all that came of it, and waits until it is gone. Never rejects. */
  async stop({ unload }: { unload: boolean }): Promise<void> {
    if (this.#place === null) return
    const left = await this.#place.end({ unload: unload && this.alive })
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
    const log = this.log && { path: this.log, lastLines: lastLines(this.log) }
    return new ServiceError(code, sentence, log || null, { cause })
  }

  #onExit({ process, endpoint, isEnding }: ServicePlace, exit: Exit): void {
    if (process === null) return
    const lines = isEnding ? [] : lastLines(endpoint.log)
    this.#context.record({
      type: 'service_exited',
      ...this.#ref(),
      pid: process.identity.pid,
      process_start: process.identity.start,
      ...exit,
      expected: isEnding,
      last_lines: lines,
    })
    if (isEnding) return
    // What it forked would keep its memory and its port.
    void this.stop({ unload: false })
    if (this.#ready) this.onDeath({ ...exit, lastLines: lines })
  }

  #reason(error: unknown, { exit, endpoint }: ServicePlace, lateAfter: number | null): JarvisError {
    const { text } = this.role.model
    if (exit !== null) {
      if (this.#lostItsPort()) return portInUse(endpoint.port, text, { cause: error })
      const known = this.recipe.explain?.(lastLines(endpoint.log, LINES_TO_EXPLAIN)) ?? null
      if (known !== null) return known
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
    if (this.#place === null || this.#place.exit === null) return false
    return lastLines(this.#place.endpoint.log).some((line) => PORT_TAKEN.test(line))
  }

  #ref(): { domain: Domain; loadout: string; service: string } {
    const { domain, loadout, name } = this.role
    return { domain, loadout, service: name }
  }
}
