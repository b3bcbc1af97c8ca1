import type { Domain, RunStatus, SessionEvent } from '../events/index.ts'
import type {
  LoadoutFacts,
  LogMark,
  OpenRun,
  ProjectTarget,
  RunEnding,
  SpanFacts,
} from '../reporter/index.ts'
import type { RunLock, Session } from '../session/index.ts'
import type { ServiceHost } from './service-host.ts'

/** One run: a session, the lock that it may hold, and the services that it uses. */
export class Run implements OpenRun {
  readonly session: Session
  readonly #lock: RunLock | null
  readonly #services: ServiceHost
  readonly #keepWarm: boolean
  #domain: Domain | null = null
  #ending: Promise<RunEnding> | null = null

  constructor(session: Session, lock: RunLock | null, services: ServiceHost, keepWarm: boolean) {
    this.session = session
    this.#lock = lock
    this.#services = services
    this.#keepWarm = keepWarm
  }

  get directory(): string {
    return this.session.directory
  }

  get attachments(): string {
    return this.session.attachments
  }

  get pendingBytes(): number {
    return this.session.pendingBytes
  }

  /** Records an event, and before it that the run has come to another domain. */
  record(event: SessionEvent): void {
    if (opensDomain(event) && event.domain !== this.#domain) {
      this.#domain = event.domain
      this.session.record({ type: 'domain_started', domain: event.domain })
    }
    this.#services.observe(event)
    this.session.record(event)
  }

  settled(): Promise<void> {
    return this.session.settled()
  }

  facts(target: ProjectTarget): LoadoutFacts {
    return this.#services.facts(target)
  }

  logMarks(target: ProjectTarget): LogMark[] {
    return this.#services.logMarks(target)
  }

  span(from: number, to: number): SpanFacts {
    return this.#services.span(from, to)
  }

  cancel(reason: string): void {
    this.#services.cancel(reason)
    // A scenario that waits for an answer is not waited for: without its service it ends.
    if (!this.#keepWarm) void this.#services.stop()
  }

  /** Ending twice gives the same ending. */
  end(status: RunStatus): Promise<RunEnding> {
    this.#ending ??= this.#end(status)
    return this.#ending
  }

  async #end(status: RunStatus): Promise<RunEnding> {
    if (this.#keepWarm) this.#services.stopWhenIdle()
    else await this.#services.stop()
    const ending = await this.session.close({ status })
    this.#lock?.release()
    return ending
  }
}

type DomainEvent = Extract<SessionEvent, { domain: Domain }>

function opensDomain(event: SessionEvent): event is DomainEvent {
  return (
    event.type === 'loadout_starting' ||
    event.type === 'scenario_started' ||
    event.type === 'scenario_ended'
  )
}
