import { JarvisError, messageOf } from '../errors.ts'
import type { Domain, SessionEvent } from '../events/index.ts'
import type { Plan } from '../plan/types.ts'
import type { ServiceRecipe } from './engine.ts'
import { engines } from './engines/index.ts'
import { type Held, LeaseQueue } from './lease-queue.ts'
import { LoadoutHistory, type LoadoutFacts, type LogFile } from './loadout-history.ts'
import type { ProcessGuard } from './process-guard.ts'
import { loadoutFailed, loadoutRef, RunningLoadout, type Target } from './running-loadout.ts'
import type { Death, Service, ServiceContext } from './service.ts'

/** Where events go: the session. */
export interface EventSink {
  record(event: SessionEvent): void
}

/** A session as the supervisor needs it. Paths are absolute. */
export interface AttachedSession extends EventSink {
  directory: string
  attachments: string
}

/** Starts and stops the services that scenario files ask for, one loadout at a time. */
export class Supervisor {
  readonly #plan: Plan
  readonly #root: string
  readonly #context: ServiceContext
  readonly #history = new LoadoutHistory()
  #session: AttachedSession | null = null
  readonly #queue = new LeaseQueue()
  #running: RunningLoadout | null = null
  /** The session that knows of what runs: a later one is told when it first asks for it. */
  #announcedTo: AttachedSession | null = null
  #switching: Promise<void> | null = null
  #cancelled: JarvisError | null = null
  #abort = new AbortController()

  constructor(options: { plan: Plan; root: string; env?: NodeJS.ProcessEnv; guard: ProcessGuard }) {
    this.#plan = options.plan
    this.#root = options.root
    this.#context = {
      guard: options.guard,
      env: options.env ?? process.env,
      directory: () => {
        if (this.#session === null) throw new Error('No session is attached')
        return this.#session.directory
      },
      record: (event) => {
        if (this.#session === this.#announcedTo) this.#session?.record(event)
      },
    }
    // It takes longer to load than a service to start: begin before the first lease.
    import('execa').catch(() => {})
  }

  /** Makes a session the one that services belong to. In watch mode services outlive a session. */
  attach(session: AttachedSession): void {
    this.#session = session
    if (this.#running === null) this.#announcedTo = session
    this.#context.guard.attach(session.directory)
  }

  /**
   * Waits until a loadout is up, alone: leases of another one that were asked for earlier come first. A
   * loadout that failed stays failed for the run.
   *
   * @throws JarvisError MISSING, SERVICE_FAILED, SERVICE_TIMEOUT, PORT_IN_USE, CANCELLED
   */
  acquire(target: Target, signal?: AbortSignal): Promise<Held> {
    const refusal = this.#refusal(target)
    if (refusal !== null) return Promise.reject(refusal)
    const held = this.#queue.add(target, signal, () => this.#next())
    this.#next()
    return held
  }

  /** A head start: begins to start a loadout before a scenario file asks for it, when nothing else is going on. */
  prepare(target: Target): void {
    const idle = this.#switching === null && this.#queue.first === undefined
    if (!idle || (this.#running?.leases ?? 0) > 0) return
    if (this.#refusal(target) !== null || this.#isUp(target)) return
    this.#beginSwitch(target)
  }

  /** What is known of a loadout in this run. */
  facts(domain: Domain, loadout: string): LoadoutFacts {
    return this.#history.facts(domain, loadout)
  }

  /** The size of each log of a loadout right now. */
  logSizes(domain: Domain, loadout: string): LogFile[] {
    return this.#history.logSizes(domain, loadout)
  }

  /** Refuses all that wait, at once, and all that ask from now on. What runs is left until `stop`. */
  cancel(reason: string): void {
    this.#cancelled = new JarvisError('CANCELLED', reason)
    this.#abort.abort(this.#cancelled)
    this.#queue.refuse(this.#cancelled)
  }

  /** Forgets failures and a cancellation before the next run of a watch mode. */
  newRun(): void {
    this.#cancelled = null
    this.#abort = new AbortController()
    this.#history.clear(this.#running)
  }

  /** Ends every service with all that came of it, in reverse. Leases that are still held are void. */
  async stop(): Promise<void> {
    const unload = this.#cancelled === null
    const stopping = new JarvisError('CANCELLED', 'The services are being stopped.')
    this.#abort.abort(stopping)
    this.#queue.refuse(stopping)
    // oxlint-disable-next-line no-await-in-loop -- another one may have begun meanwhile
    while (this.#switching !== null) await this.#switching
    if (this.#running !== null) {
      this.#switching = this.#end(this.#running, unload).finally(() => {
        this.#switching = null
      })
      await this.#switching
    }
    if (this.#cancelled === null) this.#abort = new AbortController()
    this.#next()
  }

  #next(): void {
    if (this.#switching !== null) return
    for (let target = this.#queue.first; target !== undefined; target = this.#queue.first) {
      const refusal = this.#refusal(target)
      if (refusal !== null) this.#queue.refuse(refusal, (other) => other === target)
      else if (this.#isUp(target)) this.#queue.grantFirst(this.#hold(this.#running!))
      else if (this.#running !== null && this.#running.leases > 0) return
      else return this.#beginSwitch(target)
    }
  }

  #refusal({ domain, loadout }: Target): JarvisError | null {
    return this.#cancelled ?? this.#history.facts(domain, loadout.name).failure
  }

  #isUp(target: Target): boolean {
    return (
      this.#running !== null && sameLoadout(this.#running.target, target) && this.#running.alive
    )
  }

  #hold(running: RunningLoadout): Held {
    if (this.#announcedTo !== this.#session) {
      this.#announcedTo = this.#session
      running.announce()
    }
    running.leases += 1
    let held = true
    return {
      services: running.services.map((service) => service.facts()),
      setupTime: running.setupTime,
      release: () => {
        if (!held) return
        held = false
        running.leases -= 1
        this.#next()
      },
    }
  }

  #beginSwitch(target: Target): void {
    this.#switching = this.#switchTo(target).finally(() => {
      this.#switching = null
      this.#next()
    })
  }

  /** Never rejects: what goes wrong is the failure of the loadout. */
  async #switchTo(target: Target): Promise<void> {
    const { signal } = this.#abort
    let next: RunningLoadout | null = null
    try {
      const recipes = await this.#findAll(target)
      next = new RunningLoadout(target, recipes, this.#reusableFor(target), this.#context)
      if (this.#running !== null) await this.#end(this.#running, true, new Set(next.services))
      this.#announcedTo = this.#session
      this.#running = next
      this.#history.starting(next)
      for (const service of next.services) {
        service.onDeath = (exit) => this.#onDeath(target, service, exit)
      }
      await next.start(signal, this.#plan.settings.startup_timeout)
      this.#history.ready(next)
    } catch (error) {
      if (!signal.aborted) this.#fail(target, error, { started: next !== null })
      if (next !== null) await this.#end(next, !signal.aborted)
    }
  }

  #findAll({ loadout }: Target): Promise<ServiceRecipe[]> {
    const context = { plan: this.#plan, root: this.#root, env: this.#context.env }
    return Promise.all(loadout.models.map((model) => engines[model.engine].find(model, context)))
  }

  /** Processes that the next loadout may take over, if it needs the like. */
  #reusableFor(target: Target): Service[] {
    const running = this.#running
    if (running === null) return []
    const { restart } = this.#plan.settings
    const again = sameLoadout(running.target, target)
    const sameDomain = running.target.domain === target.domain
    const allowed = again || restart === 'run' || (restart === 'domain' && sameDomain)
    return allowed ? running.services.filter((service) => service.alive) : []
  }

  #onDeath(target: Target, service: Service, exit: Death): void {
    const failure = this.#history.died(target, service, exit)
    if (failure !== null) this.#context.record(loadoutFailed(target, failure))
  }

  #fail(target: Target, error: unknown, { started }: { started: boolean }): void {
    const failure =
      error instanceof JarvisError
        ? error
        : new JarvisError('SERVICE_FAILED', messageOf(error), { cause: error })
    this.#history.failed(target, failure)
    if (!started) this.#session?.record({ type: 'loadout_starting', ...loadoutRef(target) })
    this.#session?.record(loadoutFailed(target, failure))
    this.#queue.refuse(failure, (other) => sameLoadout(other, target))
  }

  async #end(
    running: RunningLoadout,
    unload: boolean,
    keep: ReadonlySet<Service> = new Set(),
  ): Promise<void> {
    await running.stop({ unload, keep })
    if (this.#running === running) this.#running = null
    if (this.#running === null) this.#announcedTo = this.#session
  }
}

function sameLoadout(one: Target, other: Target): boolean {
  return one.domain === other.domain && one.loadout.name === other.loadout.name
}
