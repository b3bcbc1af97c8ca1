import { JarvisError } from '../errors.ts'
import type { OwnGpu } from '../host/own-gpus.ts'
import type { Plan } from '../plan/index.ts'
import type { SessionEvent } from '../events/index.ts'
import {
  LoadoutBook,
  loadSupervisor,
  spawnGuard,
  type SpawnedGuard,
  type Supervisor,
} from '../services/index.ts'
import type { PlannedProject } from './projects.ts'
import { needsTelemetry, TelemetryHost } from './telemetry-host.ts'

type Held = Awaited<ReturnType<Supervisor['acquire']>>

interface Started {
  guard: SpawnedGuard
  supervisor: Supervisor
}

/** The session that services belong to. Paths are absolute. */
type ServiceSession = Parameters<Supervisor['attach']>[0]

/**
 * The supervisor and its watchdog, which are started with the first run and outlive it in watch mode.
 * The watchdog is up before any service is.
 */
export class ServiceHost {
  /** What becomes of the loadouts of a run. */
  readonly book = new LoadoutBook()
  readonly #plan: Plan
  readonly #root: string
  readonly #idleSeconds: number
  readonly #telemetry = new TelemetryHost()
  #guard: SpawnedGuard | null = null
  /** Of the newest run; null before the first. */
  #directory: string | null = null
  #record: ((event: SessionEvent) => void) | null = null
  /** What there is to say of the watchdog once there is a run. */
  readonly #news: SessionEvent[] = []
  #starting: Promise<Started> | null = null
  #idleTimer: NodeJS.Timeout | undefined

  constructor(plan: Plan, root: string, idleSeconds: number) {
    this.#plan = plan
    this.#root = root
    this.#idleSeconds = idleSeconds
  }

  /** Starts what every run needs before there is a session: the watchdog, and the code that starts processes. */
  warmUp(): void {
    this.#starting ??= this.#start()
    this.#starting.catch(() => {})
  }

  /** What `system_info.yaml` says of the engines of these loadouts, as far as their programs tell. */
  async engineVersions(
    selected: readonly PlannedProject[],
  ): Promise<Record<string, string | null>> {
    const names = selected.flatMap(({ loadout }) => loadout.models.map(({ engine }) => engine))
    const { engineVersions } = await import('../services/engines/versions.ts')
    const context = { plan: this.#plan, root: this.#root, env: process.env }
    const versions = await engineVersions(names, context)
    // Its numbers are those of no model, and each session says so.
    return names.includes('sim') ? { ...versions, sim: 'embedded simulator' } : versions
  }

  /** A session has its directory: should the run die from now on, the watchdog completes it. */
  watch(directory: string): void {
    this.#spawned().attach(directory)
    this.#directory = directory
  }

  /** Lets services log into the session of a run of these loadouts, and begins with the first if it is sure to be used. */
  attach(
    session: ServiceSession,
    selected: readonly PlannedProject[],
    { headStart, gpus }: { headStart: boolean; gpus: readonly OwnGpu[] | null },
  ): void {
    clearTimeout(this.#idleTimer)
    const starting = (this.#starting ?? this.#start()).catch(() => this.#start())
    this.#starting = starting
    this.#record = (event) => session.record(event)
    this.#news.splice(0).forEach(this.#record)
    const isSampled = needsTelemetry(selected)
    this.#telemetry.attach(isSampled ? this.#record : null)
    if (isSampled)
      this.#telemetry.start(
        starting.then(({ guard }) => guard),
        gpus,
      )
    starting.then(
      ({ supervisor }) => {
        const targets = selected.map(({ domain, loadout }) => ({ domain, loadout }))
        supervisor.newRun(targets)
        supervisor.attach(session)
        const [first] = targets
        if (headStart && first) supervisor.prepare(first)
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

  /** Learns from what a run records. */
  observe(event: SessionEvent): void {
    this.#telemetry.observe(event)
  }

  /** Refuses all that wait for a loadout, also where the supervisor is not there yet. */
  cancel(reason: string): void {
    void this.#starting?.then(
      ({ supervisor }) => supervisor.cancel(reason),
      () => {},
    )
  }

  /** Ends the services; the machine is sampled on. */
  async stopServices(): Promise<void> {
    clearTimeout(this.#idleTimer)
    const started = await this.#starting?.catch(() => null)
    await started?.supervisor.stop()
  }

  /** Ends the services, then the sampling: its last sample tells what came back. */
  async stop(): Promise<void> {
    await this.stopServices()
    await this.#telemetry.stop()
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
    await this.#starting?.catch(() => null)
    const guard = this.#guard
    this.#starting = null
    this.#guard = null
    await guard?.end()
  }

  async #start(): Promise<Started> {
    const guard = this.#spawned()
    try {
      const [Supervisor] = await Promise.all([loadSupervisor(), guard.ready])
      const [plan, root, book, telemetry] = [this.#plan, this.#root, this.book, this.#telemetry]
      return { guard, supervisor: new Supervisor({ plan, root, guard, book, telemetry }) }
    } catch (error) {
      this.#guard = null
      throw error
    }
  }

  #spawned(): SpawnedGuard {
    if (this.#guard !== null) return this.#guard
    this.#guard = spawnGuard((level, message) => {
      const note: SessionEvent = { type: 'note', level, message }
      if (this.#record === null) this.#news.push(note)
      else this.#record(note)
    })
    // One before it could not be started, and what it was told went with it.
    if (this.#directory !== null) this.#guard.attach(this.#directory)
    return this.#guard
  }
}
