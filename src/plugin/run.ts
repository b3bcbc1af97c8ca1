import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { OwnGpu } from '../host/own-gpus.ts'
import { LOG_NOTES } from '../events/log-note.ts'
import type { Domain, EventOf, RunStatus, SessionEvent } from '../events/index.ts'
import type { OpenRun, RunEnding, RunReports } from '../reporter/index.ts'
import type { LoadoutBook } from '../services/index.ts'
import { modelChange, type PartBefore } from './resumed-part.ts'
import { ReportsAtEnd } from './run-reports.ts'
import { outliving } from '../services/index.ts'
import type { RunLock, Session } from '../session/index.ts'
import type { ServiceHost } from './service-host.ts'
import type { SpareWorkers } from './spare-workers.ts'
import type { WorkerWatch } from './worker-watch.ts'

/** What is left to do once the services are down. Never throws. */
export type BeforeEnd = (run: Run, status: RunStatus) => Promise<GateEnding>

/** Sentences about gates: those that fail the run, and those that nobody can tell. */
export type GateEnding = Pick<RunEnding, 'gates' | 'unsure'>

/** How long a cancelled run waits for the scenarios that run; one may be in an endless loop. */
const CANCEL_GRACE_MS = 5_000

/** What of a Vitest instance a run works with. */
export interface RunParts {
  services: ServiceHost
  workers: SpareWorkers
  notes: WorkerWatch
}

/** One run: a session, the lock that it may hold, and the services that it uses. */
export class Run implements OpenRun {
  readonly session: Session
  readonly #lock: RunLock | null
  readonly #services: ServiceHost
  readonly #workers: SpareWorkers
  readonly notes: WorkerWatch
  /** What the parts of the run before have left; null for a new one. */
  readonly before: PartBefore | null
  /** Which part of a divided plan it is, in words; null: of none. */
  readonly part: string | null
  /** The GPUs that it uses; null: all of the machine. */
  readonly gpus: readonly OwnGpu[] | null
  readonly #onChanged: (why: string) => void
  readonly #keepWarm: boolean
  #domain: Domain | null = null
  /** A load told what it took: the sheets beside the sessions learn it. */
  #learnsMemory = false
  readonly #beforeEnd: BeforeEnd | null
  readonly #reports: ReportsAtEnd
  #grace: NodeJS.Timeout | undefined
  #ending: Promise<RunEnding> | null = null

  constructor(
    session: Session,
    lock: RunLock | null,
    { services, workers, notes }: RunParts,
    options: {
      keepWarm: boolean
      beforeEnd: BeforeEnd | null
      reports: boolean
      before?: PartBefore | null
      onChanged?: (why: string) => void
      part?: string | null
      gpus?: readonly OwnGpu[] | null
    },
  ) {
    this.before = options.before ?? null
    this.part = options.part ?? null
    this.gpus = options.gpus ?? null
    this.#onChanged = options.onChanged ?? (() => {})
    this.session = session
    this.#lock = lock
    this.#services = services
    this.#workers = workers
    this.notes = notes
    this.#keepWarm = options.keepWarm
    this.#beforeEnd = options.beforeEnd
    this.#reports = new ReportsAtEnd(session.directory, options.reports)
  }

  get directory(): string {
    return this.session.directory
  }

  get place(): string {
    return this.session.place
  }

  get attachments(): string {
    return this.session.attachments
  }

  get book(): LoadoutBook {
    return this.#services.book
  }

  wasNotLoaded(project: string): boolean {
    return this.#workers.notLoaded.has(project)
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
    if (event.type === 'memory_measured') this.#learnsMemory = true
    if (event.type === 'model_ready' && this.before !== null) this.#compareModel(event, this.before)
  }

  settled(): Promise<void> {
    return this.session.settled()
  }

  cancel(reason: string): void {
    this.#services.cancel(reason)
    void this.#workers.dispose()
    this.#grace ??= setTimeout(() => this.#endWhatGoesOn(), CANCEL_GRACE_MS)
    // A scenario that waits for an answer is not waited for: without its service it ends.
    if (!this.#keepWarm) void this.#services.stopServices()
  }

  /** Ending twice gives the same ending. */
  end(status: RunStatus): Promise<RunEnding> {
    this.#ending ??= this.#end(status)
    return this.#ending
  }

  /** Whether it is over, and only what follows a run is still to be done. */
  get isEnding(): boolean {
    return this.#ending !== null
  }

  prepareReports(): void {
    this.#reports.prepare()
  }

  async makeReports(onProgress: (sentence: string) => void): Promise<RunReports | null> {
    const made = await this.#reports.make(onProgress)
    // Services that go on have the old path of a session that was moved.
    if (!this.#keepWarm) this.session.release()
    return made && { ...made, workbook: this.#placed(made.workbook), page: this.#placed(made.page) }
  }

  /** Leaves the reports out. Whether they were being made. */
  cancelReports(): boolean {
    return this.#reports.cancel()
  }

  /** Nobody needs the session at its old path any more, where it was moved. */
  release(): void {
    this.session.release()
  }

  /** A path in the session as it is where the session really is. */
  #placed(path: string | null): string | null {
    return path && join(this.place, relative(this.directory, path))
  }

  #endWhatGoesOn(): void {
    const message = 'A scenario goes on after the cancel: its process is ended'
    this.session.record({ type: 'note', level: 'WARN', message })
    this.#workers.endByForce()
  }

  /** Which model was loaded, and by which version of its engine, is known only now. */
  #compareModel(event: EventOf<'model_ready'>, before: PartBefore): void {
    const changed = modelChange(event, before)
    if (changed === null) return
    if (!before.isForced) return this.#onChanged(`${changed}: the run does not go on with it`)
    const message = `Resumed although something has changed: ${changed}`
    this.session.record({ type: 'note', level: 'WARN', message })
  }

  async #tellOfOutliving(): Promise<void> {
    const left = await outliving(this.directory).catch(() => [])
    for (const message of left) this.session.record({ type: 'note', level: 'WARN', message })
  }

  async #end(status: RunStatus): Promise<RunEnding> {
    clearTimeout(this.#grace)
    const { size } = this.#workers.notLoaded
    if (size > 0) {
      const message = `-t names no scenario of ${size === 1 ? 'another loadout' : `${size} other loadouts`}: none of their files was loaded`
      this.session.record({ type: 'note', level: 'INFO', message })
    }
    await this.#workers.dispose()
    this.notes.dispose()
    if (this.#keepWarm) this.#services.stopWhenIdle()
    else {
      await this.#services.stop()
      await this.#tellOfOutliving()
    }
    const told = (await this.#beforeEnd?.(this, status)) ?? { gates: [], unsure: [] }
    const isBroken = status === 'PASSED' && told.gates.length > 0
    try {
      rmSync(join(this.directory, LOG_NOTES), { force: true })
    } catch {
      // The run has its end all the same.
    }
    const ending = await this.session.close({ status: isBroken ? 'FAILED' : status })
    if (this.#learnsMemory) await learnMemory(this.directory)
    const stays = this.#lock?.release() ?? null
    return { ...ending, ...told, remarks: stays === null ? [] : [stays] }
  }
}

/** What cannot be learned now is learned by whoever asks for the sheets. */
async function learnMemory(directory: string): Promise<void> {
  const { learnSession } = await import('../report/memory/update-sheets.ts')
  await learnSession(directory).catch(() => {})
}

type DomainEvent = Extract<SessionEvent, { domain: Domain }>

function opensDomain(event: SessionEvent): event is DomainEvent {
  return (
    event.type === 'loadout_starting' ||
    event.type === 'scenario_started' ||
    event.type === 'scenario_ended'
  )
}
