import { relative, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError } from '../../errors.ts'
import type { Domain } from '../../events/index.ts'
import type { ChosenGpu, Endpoint, LoadedModel, ServiceRecipe } from '../engine.ts'
import type { LeasedService } from '../leases/lease-protocol.ts'
import type { Spill } from '../../memory/spill.ts'
import type { VllmShare } from '../../memory/vllm/vllm-share.ts'
import { within } from '../readiness/readiness.ts'
import { becomeReady } from './become-ready.ts'
import type { Death, Role, ServiceContext } from './service-context.ts'
import { MemoryReader, type MemoryReading } from './memory-reading.ts'
import { type Exit, ServiceError } from './service-error.ts'
import { lastLines } from './service-log.ts'
import {
  placeBeside,
  placeElsewhere,
  type PlaceOptions,
  type ServicePlace,
} from './service-place.ts'
import { type ProcessOptions, ServiceProcess } from './service-process.ts'
import type { KeptService } from '../warm/holding.ts'
import { spilled } from './spilled.ts'
import { startFailure } from './start-failure.ts'

/** After a broken conversation its exit, if it comes so soon, is the better reason to tell. */
const EXIT_NEWS_MS = 300
/** How long a service may take to tell what it holds in memory, and its version. */
const LOADED_TIMEOUT_MS = 5_000
const TOLD_TIMEOUT_MS = 2_000
/** How long one that was taken over may take to answer. */
const ANSWER_TIMEOUT_MS = 5_000
/** Timers of Node take no more. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** One service of a loadout. It is started once. */
export class Service {
  role: Role
  readonly recipe: ServiceRecipe
  /** Called when the process ends unasked after it was ready. */
  onDeath: (death: Death) => void = () => {}
  /** Uuids of the GPUs that its process is told to use; null: it chooses itself. */
  gpus: readonly ChosenGpu[] | null = null
  /** What of the GPUs its vLLM is told to take; null: what it takes by itself. */
  share: VllmShare | null = null
  /** The one whose process serves this one too. */
  readonly host: Service | null
  readonly #context: ServiceContext
  readonly #started = Promise.withResolvers<void>()
  #place: ServicePlace | null = null
  #ready = false
  #isAbandoned = false
  #spill: Spill | null = null
  #engines: Record<string, string> = {}
  #digest: string | null = null
  readonly #memoryReader: MemoryReader
  #memory: MemoryReading | null = null
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
    this.#memoryReader = new MemoryReader(role.model.engine)
  }

  get alive(): boolean {
    return this.#ready && this.#place?.exit === null && !this.#place.isEnding
  }

  /** Of its process; null before it was started, and where it has none. */
  get pid(): number | null {
    return this.#place?.process?.identity.pid ?? null
  }

  /** Whether a process is its work; null where that is not known yet. */
  owns(pid: number): boolean | null {
    if (this.pid === pid || this.#place?.owns(pid) === true) return true
    return this.recipe.owns?.(pid) ?? (this.recipe.owns === undefined ? false : null)
  }

  /** What of its model does not lie on the GPU that is there for it; null where all of it does. */
  get spill(): Spill | null {
    return this.#spill
  }

  /** What it said of its version, by the names of `system_info.yaml`; empty where it says nothing. */
  get engines(): Readonly<Record<string, string>> {
    return this.#engines
  }

  /** The digest of its model's files; null where nobody knows. */
  get digest(): string | null {
    return this.#digest
  }

  /** What its log and its processes told of its memory when it became ready; null where they tell nothing. */
  get memory(): MemoryReading | null {
    return this.#memory
  }

  /** What its engine has loaded by itself since it was asked last; null where that is nothing. Never rejects. */
  async loadedSince(): Promise<MemoryReading | null> {
    const load = await this.#memoryReader.since()
    return load === null ? null : { load, process: null }
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
    const { name, model, roles } = this.role
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
      ...(roles.given && { given: roles.given }),
      ...(roles.own && { own: roles.own }),
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
    // A timer takes whole milliseconds alone, and 2.3 s are 2299.9999999999995.
    const limit = Math.min(Math.ceil(seconds * 1_000), LONGEST_TIMEOUT_MS)
    const deadline = AbortSignal.timeout(limit)
    try {
      await this.#startOnce(signal, deadline, seconds)
    } catch (error) {
      // Somebody else took the port between the choice and the start.
      const isTaken = error instanceof JarvisError && error.code === 'PORT_IN_USE'
      if (this.recipe.port !== 'free' || !isTaken) throw error
      const message = `${error.message} It is started once more, on another port.`
      this.#context.record({ type: 'note', level: 'WARN', message })
      await this.stop({ unload: false })
      await this.#startOnce(signal, deadline, seconds)
    }
    this.#ready = true
    this.#started.resolve()
  }

  /** What a later run must know to take it over. */
  kept(): KeptService {
    const process = this.#process?.kept() ?? null
    return {
      model: this.role.model.text,
      key: this.recipe.key,
      process,
      gpus: this.gpus,
      share: this.share,
      spill: this.#spill,
      engines: this.#engines,
      digest: this.#digest,
    }
  }

  /**
   * Takes over what an earlier run has started for the same model, where it is what this run would start, and answers.
   *
   * @returns why it does not, in words; null where it does
   */
  async adopt(kept: KeptService, signal: AbortSignal): Promise<string | null> {
    const { text } = this.role.model
    if (kept.model !== text || kept.key !== this.recipe.key) return `it was ${kept.model}`
    this.gpus = kept.gpus
    this.share = kept.share
    const place = await this.#adopted(kept)
    if (place === null)
      return `${text} would be started otherwise now: its program, options or files have changed`
    this.#place = place
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)])
    const { endpoint } = place
    const isReady = await within(limit, () => this.recipe.isReady(endpoint, limit)).catch(
      () => false,
    )
    if (!isReady) return `${text} does not answer`
    const digest = await this.#asksDigest(endpoint, limit).catch(() => null)
    if (digest !== kept.digest) return `the model ${text} is another one by now`
    if (
      this.recipe.loaded !== undefined &&
      (await this.#asksWhatIsLoaded(endpoint, limit)).length === 0
    ) {
      return `${text} is no longer in memory`
    }
    this.#spill = kept.spill
    this.#engines = { ...kept.engines }
    this.#digest = kept.digest
    void place.exited.then((exit) => this.#onExit(place, exit))
    this.#ready = true
    this.#started.resolve()
    return null
  }

  /** Leaves it to whoever has it now: nothing of it is looked after any more. */
  release(): void {
    this.#process?.release()
  }

  /** Gives back what was taken over and is not wanted. */
  abandon(): void {
    this.#isAbandoned = true
    this.#process?.abandon()
  }

  get #process(): ServiceProcess | null {
    return this.#place instanceof ServiceProcess ? this.#place : null
  }

  async #startOnce(signal: AbortSignal, deadline: AbortSignal, seconds: number): Promise<void> {
    signal.throwIfAborted()
    const place = await this.#open()
    this.#place = place
    this.announce()
    void place.exited.then((exit) => this.#onExit(place, exit))
    const over = AbortSignal.any([signal, deadline, place.gone])
    try {
      const starting = { recipe: this.recipe, role: this.role, context: this.#context }
      await becomeReady(place, starting, over)
      const [loaded, engines, digest] = await Promise.all([
        this.#asksWhatIsLoaded(place.endpoint, over),
        this.#asksVersion(place.endpoint, over),
        this.#asksDigest(place.endpoint, over),
      ])
      const pid = place.process?.identity.pid ?? null
      this.#memory = await this.#memoryReader.ready(place.endpoint.log, pid, loaded)
      const ready = { model: this.role.model, pid, loaded, load: this.#memory?.load ?? null }
      this.#spill = await spilled(ready, this.#context.memory, over)
      this.#engines = engines
      this.#digest = digest
    } catch (error) {
      signal.throwIfAborted()
      const late = deadline.aborted
      if (!late && place.process) await Promise.race([place.exited, sleep(EXIT_NEWS_MS)])
      throw await startFailure(error, this, place, late ? seconds : null)
    }
  }

  async #open(): Promise<ServicePlace> {
    return this.#otherPlace() ?? ServiceProcess.spawn(this.#processOptions())
  }

  /** Where it has no process of its own. */
  #otherPlace(): ServicePlace | null {
    if (this.host !== null) return placeBeside(this.host.#place!, this.recipe)
    return this.recipe.command === null ? placeElsewhere(this.#placeOptions()) : null
  }

  /** Null where this run would start another one. */
  async #adopted({ process }: KeptService): Promise<ServicePlace | null> {
    const { host } = this
    if (host !== null) await host.#started.promise
    const other = this.#otherPlace()
    if (other !== null || process === null) return process === null ? other : null
    return ServiceProcess.adopt(this.#processOptions(), process)
  }

  #placeOptions(): PlaceOptions {
    const { model, domain } = this.role
    const note: PlaceOptions['note'] = (level, message) =>
      this.#context.record({ type: 'note', level, message })
    return { recipe: this.recipe, model, domain, note, directory: this.#context.directory() }
  }

  #processOptions(): ProcessOptions {
    const { guard, env } = this.#context
    const command = this.recipe.command!
    const chosen = { gpus: this.gpus ?? undefined, share: this.share ?? undefined }
    const placed: typeof command = (place) => command({ ...place, ...chosen })
    return { ...this.#placeOptions(), command: placed, env, guard }
  }

  /** Not to know it is no reason to fail. */
  async #asksVersion(endpoint: Endpoint, over: AbortSignal): Promise<Record<string, string>> {
    const limit = AbortSignal.any([over, AbortSignal.timeout(TOLD_TIMEOUT_MS)])
    const told = await within(limit, () => this.recipe.told?.(endpoint, limit)).catch(() => ({}))
    over.throwIfAborted()
    return told ?? {}
  }

  async #asksDigest(endpoint: Endpoint, over: AbortSignal): Promise<string | null> {
    const limit = AbortSignal.any([over, AbortSignal.timeout(TOLD_TIMEOUT_MS)])
    const digest = await within(limit, () => this.recipe.digest?.(endpoint, limit)).catch(
      () => null,
    )
    over.throwIfAborted()
    return digest ?? null
  }

  /** Empty where it cannot be asked: what it holds is then not known to be wrong. */
  async #asksWhatIsLoaded(endpoint: Endpoint, over: AbortSignal): Promise<readonly LoadedModel[]> {
    const limit = AbortSignal.any([over, AbortSignal.timeout(LOADED_TIMEOUT_MS)])
    const models = await within(limit, () => this.recipe.loaded?.(endpoint, limit)).catch(() => [])
    over.throwIfAborted()
    return models ?? []
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
    if (process === null || this.#isAbandoned) return
    const { code, signal } = exit
    const lines = isEnding ? [] : lastLines(endpoint.log)
    this.#context.record({
      type: 'service_exited',
      ...this.#ref(),
      pid: process.identity.pid,
      process_start: process.identity.start,
      code,
      signal,
      expected: isEnding,
      last_lines: lines,
    })
    if (isEnding) return
    // What it forked would keep its memory and its port.
    void this.stop({ unload: false })
    if (this.#ready) this.onDeath({ ...exit, lastLines: lines })
  }

  #ref(): { domain: Domain; loadout: string; service: string } {
    const { domain, loadout, name } = this.role
    return { domain, loadout, service: name }
  }
}
