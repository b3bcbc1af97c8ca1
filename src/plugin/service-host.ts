import { JarvisError } from '../errors.ts'
import type { OwnGpu } from '../host/own-gpus.ts'
import type { Plan } from '../plan/index.ts'
import type { SessionEvent } from '../events/index.ts'
import { identify } from '../host/process-identity.ts'
import {
  LoadoutBook,
  loadSupervisor,
  spawnGuard,
  type SpawnedGuard,
  type Supervisor,
  type Target,
} from '../services/index.ts'
import { offered } from '../services/warm/ask-keepers.ts'
import type { KeptLoadout } from '../services/warm/holding.ts'
import type { Editor } from './editor.ts'
import { needsMachine } from './machine.ts'
import type { PlannedProject } from './projects.ts'
import { needsTelemetry, TelemetryHost } from './telemetry-host.ts'

type Held = Awaited<ReturnType<Supervisor['acquire']>>

interface Started {
  guard: SpawnedGuard
  supervisor: Supervisor
}

/** How often it is looked whether services have been idle for long enough. */
const LOOK_MS = 1_000

/** The session that services belong to. Paths are absolute. */
type ServiceSession = Parameters<Supervisor['attach']>[0]

export interface ServiceHostInput {
  plan: Plan
  /** The plan as it was named. */
  named: string
  root: string
  projects: readonly PlannedProject[]
  /** Seconds that services stay up after a run; null where each run ends them. */
  idle: number | null
  /** Whoever starts a process for each run, so that services outlive it; null where nobody does. */
  editor: Editor | null
  /** Vitest has started anew in this process, which may have left services. */
  isAnew: boolean
}

/**
 * The supervisor and its watchdog, which are started with the first run and outlive it in watch mode.
 * The watchdog is up before any service is.
 */
export class ServiceHost {
  /** What becomes of the loadouts of a run. */
  readonly book = new LoadoutBook()
  readonly #input: ServiceHostInput
  readonly #plan: Plan
  readonly #root: string
  readonly #telemetry = new TelemetryHost()
  #guard: SpawnedGuard | null = null
  /** Of the newest run; null before the first. */
  #directory: string | null = null
  #record: ((event: SessionEvent) => void) | null = null
  /** What there is to say of the watchdog once there is a run. */
  readonly #news: SessionEvent[] = []
  #starting: Promise<Started> | null = null
  /** Resolves once what an earlier run has left is had, or is known not to be. */
  #taking: Promise<void> | null = null
  /** What of the machine the run holds, by the files of its locks; null: all of it. */
  parts: readonly string[] | null = null
  #idleTimer: NodeJS.Timeout | undefined
  /** On the clock of `performance`; null while a run goes on. */
  #idleUntil: number | null = null

  constructor(input: ServiceHostInput) {
    this.#input = input
    this.#plan = input.plan
    this.#root = input.root
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
    clearInterval(this.#idleTimer)
    this.#idleUntil = null
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
    this.#taking = starting.then(
      async ({ supervisor }) => {
        const targets = selected.map(targetOf)
        supervisor.newRun(targets)
        supervisor.attach(session)
        if (this.takesOver !== null && supervisor.isEmpty) await this.#takeOver(supervisor)
        const [first] = targets
        if (headStart && first) supervisor.prepare(first)
      },
      // Whoever asks for a loadout gets the error.
      () => {},
    )
  }

  /** Whether services outlive the process of their run. */
  get #outlives(): boolean {
    return this.#input.editor !== null && Boolean(this.#input.idle)
  }

  /** What is kept warm for whom this run takes over; null: it takes over nothing. */
  get takesOver(): { root: string; plan: string } | null {
    const { root, named } = this.#input
    return this.#outlives || this.#input.isAnew ? { root, plan: named } : null
  }

  async #takeOver(supervisor: Supervisor): Promise<void> {
    const { root, named, projects } = this.#input
    const offer = await offered({ root, plan: named })
    if (offer !== null) await supervisor.takeOver(offer, projects.map(targetOf))
  }

  /** Tells the watchdog what stays up when this process goes. */
  #keep(kept: KeptLoadout | null): void {
    const { plan, root, named, projects, editor, idle } = this.#input
    if (kept === null || this.#guard === null) return this.#guard?.keep(null)
    const project = projects.find(({ domain, loadout }) => {
      return domain === kept.domain && loadout.name === kept.loadout
    })
    this.#guard.keep({
      ...kept,
      root,
      plan: named,
      needsMachine: project === undefined || needsMachine([project], plan),
      parts: this.parts,
      idle: editor === null ? 0 : (idle ?? 0),
      editor: editor === null ? identify(process.pid) : editor.identity,
      run: identify(process.pid),
    })
  }

  /** Somebody wants the machine: what is warm and not used is ended. */
  #giveWay(): void {
    if (this.#idleUntil !== null) void this.stop()
  }

  async acquire({ domain, loadout }: PlannedProject, signal: AbortSignal): Promise<Held> {
    if (this.#starting === null) throw new JarvisError('CANCELLED', 'No run is open.')
    const { supervisor } = await this.#starting
    await this.#taking
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
    clearInterval(this.#idleTimer)
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
    clearInterval(this.#idleTimer)
    const until = performance.now() + (this.#input.idle ?? 0) * 1_000
    this.#idleUntil = until
    if (until <= performance.now()) return void this.stop()
    this.#idleTimer = setInterval(() => {
      const isOver = performance.now() >= until || this.#input.editor?.isGone() === true
      if (isOver) void this.stop()
    }, LOOK_MS)
    this.#idleTimer.unref()
  }

  /** Stops everything and dismisses the watchdog; where services outlive this process, they are left to it. */
  async shutDown({ isRestarting = false } = {}): Promise<void> {
    const isLeft = this.#outlives || (isRestarting && Boolean(this.#input.idle))
    if (isLeft && (await this.#leave())) return
    await this.stop()
    await this.#starting?.catch(() => null)
    const guard = this.#guard
    this.#starting = null
    this.#guard = null
    await guard?.end()
  }

  /** Whether anything is left. */
  async #leave(): Promise<boolean> {
    clearInterval(this.#idleTimer)
    const { editor, idle } = this.#input
    const left = this.#idleUntil === null ? idle! : (this.#idleUntil - performance.now()) / 1_000
    const started = await this.#starting?.catch(() => null)
    await this.#taking
    const kept = left > 0 && editor?.isGone() !== true ? await started?.supervisor.release() : null
    if (!kept) return false
    await this.#telemetry.stop()
    this.#guard?.leave(left)
    this.#starting = null
    this.#guard = null
    return true
  }

  async #start(): Promise<Started> {
    const guard = this.#spawned()
    try {
      const [Supervisor] = await Promise.all([loadSupervisor(), guard.ready])
      const [plan, root, book, telemetry] = [this.#plan, this.#root, this.book, this.#telemetry]
      const keeps = this.#input.idle !== null
      const onWarm = (kept: KeptLoadout | null): void => this.#keep(kept)
      const options = { plan, root, guard, book, telemetry, ...(keeps && { onWarm }) }
      return { guard, supervisor: new Supervisor(options) }
    } catch (error) {
      this.#guard = null
      throw error
    }
  }

  #spawned(): SpawnedGuard {
    if (this.#guard !== null) return this.#guard
    const isWatching = this.#input.idle !== null
    this.#guard = spawnGuard(
      (level, message) => {
        const note: SessionEvent = { type: 'note', level, message }
        if (this.#record === null) this.#news.push(note)
        else this.#record(note)
      },
      isWatching ? { onWanted: () => this.#giveWay() } : {},
    )
    // One before it could not be started, and what it was told went with it.
    if (this.#directory !== null) this.#guard.attach(this.#directory)
    return this.#guard
  }
}

function targetOf({ domain, loadout }: PlannedProject): Target {
  return { domain, loadout }
}
