import { JarvisError, messageOf } from '../../errors.ts'
import type { ClearContext } from '../engine.ts'
import { ProcessOwnership } from '../processes/process-ownership.ts'
import { GpuMemory } from '../service/gpu-memory.ts'
import type { Service } from '../service/service.ts'
import type { Death, ServiceContext } from '../service/service-context.ts'
import { asFailure } from '../service/service-error.ts'
import { Clearing, findRecipes } from './clearing.ts'
import { type Held, LeaseQueue } from './lease-queue.ts'
import { LoadoutBook } from './loadout-book.ts'
import {
  loadoutFailed,
  loadoutRef,
  reusable,
  RunningLoadout,
  sameLoadout,
  type Target,
} from './running-loadout.ts'
import { memoryCheck } from '../memory/memory-check.ts'
import type { Offer } from '../warm/ask-keepers.ts'
import type { KeptLoadout } from '../warm/holding.ts'
import type { AttachedSession, SupervisorOptions } from './supervisor-options.ts'

/** Starts and stops the services that scenario files ask for, one loadout at a time. */
export class Supervisor {
  readonly #engineContext: Omit<ClearContext, 'signal'>
  readonly #context: ServiceContext
  readonly #book: LoadoutBook
  readonly #clearing = new Clearing()
  readonly #ownership = new ProcessOwnership(() => this.#running?.services ?? [])
  #session: AttachedSession | null = null
  readonly #onWarm: SupervisorOptions['onWarm']
  readonly #queue = new LeaseQueue()
  #running: RunningLoadout | null = null
  /** The session that knows of what runs: a later one is told when it first asks for it. */
  #announcedTo: AttachedSession | null = null
  #switching: Promise<void> | null = null
  #cancelled: JarvisError | null = null
  #abort = new AbortController()

  constructor(options: SupervisorOptions) {
    const { plan, root, env = process.env, guard, telemetry = null } = options
    this.#book = options.book
    this.#onWarm = options.onWarm
    const note: ClearContext['note'] = (level, message) =>
      this.#session?.record({ type: 'note', level, message })
    this.#engineContext = { plan, root, env, note }
    this.#context = {
      guard,
      env,
      memory: new GpuMemory(telemetry, (pid) => this.ownsProcess(pid)),
      directory: () => {
        if (this.#session === null) throw new Error('No session is attached')
        return this.#session.directory
      },
      record: (event) => {
        if (this.#session === this.#announcedTo) this.#session?.record(event)
      },
    }
    if (telemetry === null) return
    this.#book.follow({ telemetry, owns: (pid) => this.ownsProcess(pid) })
    // Who they are is told best while they run.
    telemetry.subscribe(() => telemetry.processes().forEach(({ pid }) => this.ownsProcess(pid)))
  }

  /** Makes a session the one that services belong to. In watch mode services outlive a session. */
  attach(session: AttachedSession): void {
    this.#session = session
    if (this.#running === null) this.#announcedTo = session
    this.#context.guard.attach(session.directory)
    this.#ownership.attach(session.directory)
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

  /**
   * Takes over what an earlier run has left up, before anything else is started. What is not what this run would start is
   * refused, and that is told.
   */
  takeOver(offer: Offer, targets: readonly Target[]): Promise<void> {
    if (!this.isEmpty) return offer.refuse()
    const taking = this.#takeOver(offer, targets).finally(() => {
      this.#switching = null
      this.#next()
    })
    this.#switching = taking
    return taking
  }

  /** Whether nothing is up, nor about to be. */
  get isEmpty(): boolean {
    return this.#running === null && this.#switching === null
  }

  /** Leaves what is up to whoever has it now; null where nothing is. Whatever is being started is ended. */
  async release(): Promise<KeptLoadout | null> {
    if (this.#switching !== null) {
      const leaving = new JarvisError('CANCELLED', 'The run is over.')
      this.#abort.abort(leaving)
      this.#queue.refuse(leaving)
    }
    // oxlint-disable-next-line no-await-in-loop -- another one may have begun meanwhile
    while (this.#switching !== null) await this.#switching
    const kept = this.#running?.kept() ?? null
    if (kept === null) return null
    // Since it became ready it may have started more.
    this.#onWarm?.(kept)
    this.#running?.release()
    this.#running = null
    return kept
  }

  /** Whether a process is of this run; null where the system does not tell. Cheap: it is remembered. */
  ownsProcess(pid: number): boolean | null {
    return this.#ownership.owns(pid)
  }

  /** Refuses all that wait, at once, and all that ask from now on. What runs is left until `stop`. */
  cancel(reason: string): void {
    this.#cancelled = new JarvisError('CANCELLED', reason)
    this.#abort.abort(this.#cancelled)
    this.#queue.refuse(this.#cancelled)
  }

  /**
   * Begins a run of these loadouts: what stands in the way of their engines ends before the first one
   * starts. In watch mode forgets failures and a cancellation of the last run.
   */
  newRun(targets: readonly Target[]): void {
    this.#cancelled = null
    this.#abort = new AbortController()
    this.#clearing.newRun(targets)
    this.#book.clear(this.#running)
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
    return this.#cancelled ?? this.#book.facts({ domain, loadout: loadout.name }).failure
  }

  #isUp(target: Target): boolean {
    const running = this.#running
    return running !== null && sameLoadout(running.target, target) && running.alive
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

  /** Never rejects. */
  async #takeOver(offer: Offer, targets: readonly Target[]): Promise<void> {
    const { holding } = offer
    const { signal } = this.#abort
    const target = targets.find(({ domain, loadout }) => {
      return domain === holding.domain && loadout.name === holding.loadout
    })
    let why: string | null = 'the plan has it no more'
    if (target !== undefined) {
      // Nobody is told of it before it is had.
      this.#announcedTo = null
      const recipes = await findRecipes(target, this.#engineContext).catch(messageOf)
      why = typeof recipes === 'string' ? recipes : null
      if (typeof recipes !== 'string') {
        const running = new RunningLoadout(target, recipes, [], this.#context)
        why = await running.adopt(holding, signal)
        // Whoever looks for what dead runs have left is to find it with us before it is ours alone.
        if (why === null) this.#onWarm?.(running.kept())
        if (why === null && !(await offer.take())) why = 'it has just been ended'
        if (why === null) return this.#adopted(running)
        this.#onWarm?.(null)
        for (const service of running.services) service.abandon()
      }
    }
    await offer.refuse()
    this.#announcedTo = this.#session
    const message = `${holding.title}, which was kept warm, is not taken over, as ${why}`
    this.#session?.record({ type: 'note', level: 'INFO', message })
  }

  #adopted(running: RunningLoadout): void {
    const { target } = running
    this.#running = running
    this.#book.clear(running)
    for (const service of running.services) {
      service.onDeath = (exit) => this.#onDeath(target, service, exit)
    }
    const message = `${target.loadout.title} is taken over, warm, from the run before`
    this.#session?.record({ type: 'note', level: 'INFO', message })
  }

  /** Never rejects: what goes wrong is the failure of the loadout. */
  async #switchTo(target: Target): Promise<void> {
    const { signal } = this.#abort
    const { settings } = this.#engineContext.plan
    let next: RunningLoadout | null = null
    try {
      await this.#clearFor(target, signal)
      const recipes = await findRecipes(target, this.#engineContext)
      const running = this.#running
      const kept = running === null ? [] : reusable(running, target, settings.restart)
      next = new RunningLoadout(target, recipes, kept, this.#context)
      if (running !== null) await this.#end(running, true, new Set(next.services))
      this.#announcedTo = this.#session
      this.#running = next
      this.#book.starting(next)
      for (const service of next.services) {
        service.onDeath = (exit) => this.#onDeath(target, service, exit)
      }
      const check = memoryCheck(target, { ...this.#context, engine: this.#engineContext, signal })
      await next.start(signal, settings, { restarts: this.#book.restarts(target), check })
      this.#book.ready(next)
      this.#onWarm?.(next.kept())
    } catch (error) {
      if (!signal.aborted) this.#fail(target, error, { started: next !== null })
      if (next !== null) await this.#end(next, !signal.aborted)
    }
  }

  /** @throws JarvisError why there is no room for an engine of this loadout */
  async #clearFor(target: Target, signal: AbortSignal): Promise<void> {
    const due = new Set(this.#clearing.due(target))
    // What makes room for an engine would end ours as well.
    const inTheWay = this.#running?.services.some(({ role }) => due.has(role.model.engine))
    if (inTheWay) await this.#end(this.#running!, true)
    await this.#clearing.clear(target, {
      ...this.#engineContext,
      signal,
      owns: (pid) => this.ownsProcess(pid) === true,
    })
    const refusal = this.#clearing.refusal(target)
    if (refusal !== null) throw refusal
  }

  #onDeath(target: Target, service: Service, exit: Death): void {
    this.#onWarm?.(null)
    const failure = this.#book.died(target, service, exit)
    if (failure !== null) this.#context.record(loadoutFailed(target, failure))
  }

  #fail(target: Target, error: unknown, { started }: { started: boolean }): void {
    const failure = asFailure(error)
    this.#book.failed(target, failure)
    if (!started) this.#session?.record({ type: 'loadout_starting', ...loadoutRef(target) })
    this.#session?.record(loadoutFailed(target, failure))
    this.#queue.refuse(failure, (other) => sameLoadout(other, target))
  }

  async #end(
    running: RunningLoadout,
    unload: boolean,
    keep: ReadonlySet<Service> = new Set(),
  ): Promise<void> {
    this.#onWarm?.(null)
    await running.stop({ unload, keep })
    if (this.#running === running) this.#running = null
    if (this.#running === null) this.#announcedTo = this.#session
  }
}
