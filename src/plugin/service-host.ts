import { JarvisError } from '../errors.ts'
import type { Plan } from '../plan/index.ts'
import type { LoadoutFacts, LogMark, ProjectTarget } from '../reporter/index.ts'
import { type ProcessGuard, startGuard, Supervisor } from '../services/index.ts'
import type { PlannedProject } from './projects.ts'

type Held = Awaited<ReturnType<Supervisor['acquire']>>

interface Started {
  guard: ProcessGuard
  supervisor: Supervisor
}

/** The session that services belong to. Paths are absolute. */
type ServiceSession = Parameters<Supervisor['attach']>[0]

/**
 * The supervisor and its watchdog, which are started with the first run and outlive it in watch mode.
 * The watchdog is up before any service is.
 */
export class ServiceHost {
  readonly #plan: Plan
  readonly #root: string
  readonly #idleSeconds: number
  #starting: Promise<Started> | null = null
  #supervisor: Supervisor | null = null
  #idleTimer: NodeJS.Timeout | undefined

  constructor(plan: Plan, root: string, idleSeconds: number) {
    this.#plan = plan
    this.#root = root
    this.#idleSeconds = idleSeconds
  }

  /** Lets services log into a run's session, and begins with the loadout that it needs first. */
  attach(session: ServiceSession, first: PlannedProject | undefined): void {
    clearTimeout(this.#idleTimer)
    const begin = async (): Promise<Started> => {
      if (this.#starting === null) return this.#start(session)
      const started = await this.#starting.catch(() => this.#start(session))
      started.guard.attach(session.directory)
      started.supervisor.newRun()
      return started
    }
    const starting = begin()
    this.#starting = starting
    starting.then(
      ({ supervisor }) => {
        this.#supervisor = supervisor
        supervisor.attach(session)
        if (first) supervisor.prepare({ domain: first.domain, loadout: first.loadout })
      },
      // Whoever asks for a loadout gets the error.
      () => {},
    )
  }

  async acquire({ domain, loadout }: PlannedProject, signal: AbortSignal): Promise<Held> {
    if (this.#starting === null) throw new JarvisError('CANCELLED', 'No run is open.')
    const { supervisor } = await this.#starting
    return supervisor.acquire({ domain, loadout }, signal)
  }

  facts({ domain, loadout }: ProjectTarget): LoadoutFacts {
    const facts = this.#supervisor?.facts(domain, loadout)
    if (!facts) return { setupTime: null, failure: null, deaths: [] }
    const { setupTime, failure, deaths } = facts
    const reason = failure && { code: failure.code, message: failure.message }
    return { setupTime, failure: reason, deaths }
  }

  logMarks({ domain, loadout }: ProjectTarget): LogMark[] {
    return this.#supervisor?.logSizes(domain, loadout) ?? []
  }

  cancel(reason: string): void {
    this.#supervisor?.cancel(reason)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idleTimer)
    const started = await this.#starting?.catch(() => null)
    await started?.supervisor.stop()
  }

  /** Keeps the services warm for the next run in watch mode, for a stated time. */
  stopWhenIdle(): void {
    clearTimeout(this.#idleTimer)
    this.#idleTimer = setTimeout(() => void this.stop(), this.#idleSeconds * 1000)
    this.#idleTimer.unref()
  }

  /** Stops everything and dismisses the watchdog. */
  async shutDown(): Promise<void> {
    await this.stop()
    const started = await this.#starting?.catch(() => null)
    this.#starting = null
    await started?.guard.end()
  }

  async #start(session: ServiceSession): Promise<Started> {
    const guard = await startGuard({ session: session.directory })
    return { guard, supervisor: new Supervisor({ plan: this.#plan, root: this.#root, guard }) }
  }
}
