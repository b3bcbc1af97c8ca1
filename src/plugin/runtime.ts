import type { TestSpecification, Vitest } from 'vitest/node'
import { JarvisError } from '../errors.ts'
import { type EventOf, type JournalEntry, wrongOf } from '../events/index.ts'
import { noteBegun } from '../host/begun.ts'
import { knownSecrets, withoutSecrets } from '../host/secrets.ts'
import {
  type JarvisReporter,
  moduleKey,
  type ProjectTarget,
  type RunHost,
} from '../reporter/index.ts'
import { type Granted, LeaseServer } from '../services/index.ts'
import type { LeaseAddress } from '../services/leases/lease-protocol.ts'
import type { LostOutput } from './output-guard.ts'
import { editorOf } from './editor.ts'
import { notesFolder } from './notes-folder.ts'
import { openRun } from './open-run.ts'
import type { RuntimeInput } from './input.ts'
import { type PlanWatch, watchPlan } from './plan-watch.ts'
import type { PlannedProject } from './projects.ts'
import type { Run } from './run.ts'
import { leftOfFile, requireSamePart } from './resumed-part.ts'
import { runPart, type ShardOption } from './run-part.ts'
import type { Resumption } from './resume.ts'
import { printSafely } from './safe-output.ts'
import { splitPath } from '../split/files.ts'
import type { Part } from '../split/part.ts'
import { isSureOf, isWholePlan, targetOf } from './selected-part.ts'
import { ServiceHost } from './service-host.ts'
import { cancelOnSignal, type RunSignals } from './signals.ts'
import { InlineSnapshots } from './snapshots.ts'
import { isDebugging, SpareWorkers } from './spare-workers.ts'
import { STANDARD_OUTPUT, Surroundings } from './surroundings.ts'
import { WorkerWatch } from './worker-watch.ts'

/** What a worker waits beyond the plan's time for its services, in seconds. */
const LEASE_MARGIN_SECONDS = 30
/** What tells the processes of a run, Vitest's workers included, from all others. */
const SESSION_VARIABLE = 'JARVIS_SESSION'

/** What the runtime tells the reporter besides what Vitest does. */
type RunReporter = Pick<
  JarvisReporter,
  'cancel' | 'loseOutput' | 'onAttempt' | 'onWorkerLost' | 'onWorkerStalled'
>

type Note = Pick<EventOf<'note'>, 'level' | 'message'>

/** Everything that lives as long as one Vitest instance: the plan, the services and the current run. */
export class Runtime implements RunHost {
  readonly #vitest: Vitest
  readonly #input: RuntimeInput
  readonly #projects: ReadonlyMap<string, PlannedProject>
  readonly #targets: ReadonlyMap<string, ProjectTarget>
  readonly #ranks = new Map<string, number>()
  readonly #services: ServiceHost
  readonly #leases: LeaseServer
  /** What the pool takes its workers from. */
  readonly workers: SpareWorkers
  /** Which files have snapshots in their text. */
  readonly inlineSnapshots: InlineSnapshots = new InlineSnapshots()
  readonly #watch: WorkerWatch
  #address: Promise<LeaseAddress> | null = null
  #run: Run | null = null
  #signals: RunSignals | null = null
  /** Null where a run is all there is. */
  readonly #planWatch: PlanWatch | null
  /** Vitest closes all, to start again with another plan or config. */
  #isRestarting = false
  /** Nothing runs by it any more. */
  isClosed = false
  /** Null in watch mode and editors. */
  readonly #surroundings: Surroundings | null
  readonly #shard: ShardOption
  /** The part of the plan that is run; null: all of it. */
  #part: Part | null = null
  /** What the run that goes on has still to do; null for a new one. */
  #resumption: Resumption | null = null
  /** What there is to say once there is a session. */
  readonly #unsaid: Note[] = []
  /** Set by the plugin, which makes the reporter with this runtime. */
  reporter: RunReporter | null = null

  constructor(
    vitest: Vitest,
    input: RuntimeInput,
    { shard = null, isAnew = false }: { shard?: ShardOption; isAnew?: boolean } = {},
  ) {
    const { options, plan, projects } = input
    this.#vitest = vitest
    this.#input = input
    this.#shard = shard
    this.#watch = new WorkerWatch({
      testTimeout: (project) => this.#testTimeout(project),
      isDebugging: () => isDebugging(vitest),
      onLost: (loss) => void this.reporter?.onWorkerLost(loss),
      onStalled: (stall) => this.reporter?.onWorkerStalled(stall),
      note: (message) => this.#run?.record({ type: 'note', level: 'WARN', message }),
    })
    this.workers = new SpareWorkers(vitest, this.#watch.events)
    this.#projects = new Map(projects.map((project) => [project.name, project]))
    this.#targets = new Map(projects.map((project) => [project.name, targetOf(project, plan)]))
    const { watch } = vitest.config
    this.#services = new ServiceHost({
      plan,
      named: options.plan,
      root: options.root,
      projects,
      idle: watch ? options.idle : null,
      editor: watch ? editorOf() : null,
      isAnew,
    })
    const isRunning = (): boolean => this.#run?.isEnding === false
    this.#planWatch = watch ? watchPlan(vitest, input, isRunning) : null
    vitest.onServerRestart(() => {
      this.#isRestarting = true
    })
    this.#leases = new LeaseServer({
      acquire: (project, _file, signal) => this.#acquire(project, signal),
      left: (project, file) => leftOfFile(this.#resumption, project, file),
      onAttempt: (_project, _file, attempt) => this.reporter?.onAttempt(attempt),
      follow: (hello) => this.#watch.follow(hello),
    })
    projects.forEach(({ name, files }) => {
      for (const file of files) this.#ranks.set(`${name}\0${file}`, this.#ranks.size)
    })
    this.#surroundings = vitest.config.watch
      ? null
      : new Surroundings(vitest, {
          onOutputLost: (lost) => this.#loseOutput(lost),
          onAbandoned: (why) => this.#abandon(why),
        })
    vitest.onClose(() => this.shutDown())
  }

  warmUp(): void {
    printSafely(this.#vitest)
    const { mergeReports, standalone } = this.#vitest.config
    if (!mergeReports && !standalone) this.#services.warmUp()
  }

  target(project: string): ProjectTarget | null {
    return this.#targets.get(project) ?? null
  }

  /** Where a file stands in the plan's order; files of the user's own projects come last. */
  rank(specification: TestSpecification): number {
    return this.#ranks.get(moduleKey(specification)) ?? Number.MAX_SAFE_INTEGER
  }

  isOurs({ project }: TestSpecification): boolean {
    return this.#projects.has(project.name)
  }

  /** Finds out which part of the plan this is, where no run begins that would. */
  async findPart(): Promise<Part | null> {
    return (this.#part = await runPart(this.#shard, this.#input))
  }

  isLeft({ project, moduleId }: TestSpecification): boolean {
    const planned = this.#projects.get(project.name)
    if (planned === undefined) return true
    if (this.#part?.has(nameOf(planned), this.#pathOf(moduleId)) === false) return false
    if (this.#resumption === null) return true
    return this.#resumption.left.get(project.name)?.has(moduleId) === true
  }

  async begin(
    specifications: readonly TestSpecification[],
    onCommitted: (entries: JournalEntry[], lines: string[]) => void,
  ): Promise<Run | null> {
    // An editor may never call what is before a run.
    printSafely(this.#vitest)
    const { config } = this.#vitest
    const all = specifications.filter((specification) => this.isOurs(specification))
    if (all.length === 0 || config.mergeReports) {
      noteBegun()
      return null
    }
    const part = await this.findPart()
    const resumption = await this.#planResumption(all)
    const ours = all.filter((specification) => this.isLeft(specification))
    if (ours.length === 0 && resumption !== null) {
      const { session, counts } = resumption.point.run
      this.#vitest.logger.log(`Nothing is left to run of ${session}.`)
      noteBegun()
      // Whoever asks for it by name has seen it; a scheduler goes by the exit code of the last attempt.
      if (this.#input.options.resume === null && wrongOf(counts) > 0) process.exitCode ||= 1
      // That no file runs is as it should be.
      config.passWithNoTests = true
      return null
    }
    // A part for which there is nothing is a session all the same, so that whoever looks for all parts finds it.
    if (ours.length === 0) config.passWithNoTests = true
    const names = new Set(ours.map(({ project }) => project.name))
    const selected = this.#input.projects.filter(({ name }) => names.has(name))
    const kind =
      resumption?.point.run.begin?.kind ??
      (part === null && isWholePlan(this.#vitest, this.#ranks.keys(), ours) ? 'plan' : 'partial')
    const endsWithTerminal = (await this.#surroundings?.endsWithTerminal) ?? true
    this.workers.outliveTerminal = !endsWithTerminal
    const address = await this.#listen()
    const { watch } = config
    const run = await openRun({
      ...this.#input,
      parts: { services: this.#services, workers: this.workers, notes: this.#watch },
      selected,
      kind,
      part,
      keepWarm: watch,
      takesOver: this.#services.takesOver,
      onCommitted,
      onWait: (message) => this.#vitest.logger.log(message),
      resumption,
      onChanged: (why) => this.#refuseModel(why),
    })
    this.#run = run
    noteBegun()
    this.inlineSnapshots.follow(selected, (file, count) => {
      run.record({ type: 'note', level: 'WARN', message: this.#inlineText(file, count) })
    })
    this.workers.expect(ours)
    process.env[SESSION_VARIABLE] = run.directory
    // Which files have a test of that name or tag is known when they are loaded.
    const isSure = !this.#vitest.getGlobalTestNamePattern() && !config.tagsFilter?.length
    const [first] = selected
    const headStart = isSure && isSureOf(resumption, first?.name)
    this.#services.attach(run, selected, { headStart, gpus: run.gpus })
    for (const note of this.#unsaid.splice(0)) run.record({ type: 'note', ...note })
    if (!watch) this.#listenToSignals(run, endsWithTerminal)
    await this.#provide(resumption === null ? address : { ...address, resumed: true })
    return run
  }

  /** Says something in the story of the first run. */
  tell(message: string): void {
    this.#unsaid.push({ level: 'INFO', message })
  }

  /** Ends what is still open and leaves nothing behind. Doing it twice does nothing. */
  async shutDown(): Promise<void> {
    this.isClosed = true
    this.#planWatch?.close()
    await this.#run?.end('INTERRUPTED')
    this.#run?.cancelReports()
    await this.#services.shutDown({ isRestarting: this.#isRestarting })
    this.#run?.release()
    await this.#leases.close()
    this.#address = null
    this.#signals?.release()
    this.#surroundings?.close()
  }

  /**
   * What is left to do where `JARVIS_RESUME` names a session.
   *
   * @throws JarvisError where it cannot go on
   */
  async #planResumption(all: readonly TestSpecification[]): Promise<Resumption | null> {
    const { options, plan, projects } = this.#input
    const { resume, root, logs } = options
    if (resume === null) return this.#goOnByItself()
    if (this.#vitest.config.watch || this.#run !== null) {
      const what = 'JARVIS_RESUME is for vitest run and jarvis resume'
      const why = 'in watch mode and in editors each run has a session of its own'
      throw new JarvisError('USAGE', `${what}: ${why}.`)
    }
    const { planResumption, resumedDirectory } = await import('./resume.ts')
    const wish = { ...resume, directory: resumedDirectory(resume.session, { logs, root }) }
    const resumption = await planResumption(wish, { plan, projects, root })
    requireSamePart(resumption, {
      isWhole: isWholePlan(this.#vitest, this.#ranks.keys(), all),
      part: this.#part,
    })
    this.#resume(resumption)
    return resumption
  }

  /** A task of a scheduler that begins again goes on where it was. */
  async #goOnByItself(): Promise<Resumption | null> {
    if (this.#part === null || this.#vitest.config.watch) return null
    const { namedPart, requeued } = await import('./requeued.ts')
    const part = namedPart(this.#part)
    if (part === null) return null
    const { resumption, says } = await requeued(part, this.#input)
    if (says !== null) this.#unsaid.push(says)
    if (resumption !== null) this.#resume(resumption)
    return resumption
  }

  #resume(resumption: Resumption): void {
    this.#resumption = resumption
    for (const [name, left] of resumption.left) {
      const target = this.#targets.get(name)
      if (target !== undefined) target.left = left
    }
  }

  /** A model is another one than in the parts before: what it would give is no part of this run. */
  #refuseModel(why: string): void {
    this.reporter?.cancel(why)
    void this.#vitest.cancelCurrentRun('keyboard-input')
  }

  #listenToSignals(run: Run, endsWithTerminal: boolean): void {
    const { logger } = this.#vitest
    this.#signals = cancelOnSignal({
      endsWithTerminal,
      isOver: () => run.isEnding,
      cancel: (signal, why) => {
        if (run.cancelReports()) {
          logger.log(`\n${signal}: leaving the reports out.`)
          return
        }
        logger.log(`\n${signal}: stopping the run; once more stops it at once.`)
        this.reporter?.cancel(why)
        void this.#vitest.cancelCurrentRun('keyboard-input')
      },
    })
  }

  /** Nobody waits for the run any more. */
  #abandon(why: string): void {
    if (this.#signals !== null) this.#signals.raise('SIGTERM', why)
    else process.kill(process.pid, 'SIGTERM')
  }

  #loseOutput({ name, reason, forGood }: LostOutput): void {
    const message = forGood
      ? `${name} is lost, as ${reason}: the run goes on without it`
      : `${name} cannot be written, as ${reason}: the run goes on`
    if (this.#run === null) this.#unsaid.push({ level: 'WARN', message })
    else warn(this.#run, message)
    if (name !== STANDARD_OUTPUT) return
    if (forGood) this.reporter?.loseOutput()
    const where = this.#run === null ? '' : `, its story is in ${this.#run.directory}`
    process.stderr.write(withoutSecrets(`jarvis: ${message}${where}.\n`))
  }

  async #provide(address: LeaseAddress): Promise<void> {
    for (const project of this.#vitest.projects) {
      if (this.#projects.has(project.name)) project.provide('jarvis', address)
    }
  }

  #pathOf(file: string): string {
    return splitPath(this.#input.options.root, file)
  }

  #inlineText(file: string, loadouts: number): string {
    const path = this.#pathOf(file)
    const what = `Inline snapshots cannot differ by loadout, and ${path} runs on ${loadouts}`
    return `${what}: toMatchSnapshot keeps a file for each`
  }

  #listen(): Promise<LeaseAddress> {
    const seconds = this.#input.plan.settings.startup_timeout + LEASE_MARGIN_SECONDS
    this.#address ??= this.#leases.listen().then(({ socket, token }) => ({
      socket,
      token,
      timeout: seconds * 1000,
      notes: notesFolder(),
      secrets: knownSecrets(),
    }))
    return this.#address
  }

  #testTimeout(name: string): number {
    const project = this.#vitest.projects.find((one) => one.name === name)
    return project?.config.testTimeout ?? 0
  }

  async #acquire(name: string, signal: AbortSignal): Promise<Granted> {
    const project = this.#projects.get(name) as PlannedProject
    const held = await this.#services.acquire(project, signal)
    const run = this.#run as Run
    await run.session.systemInfoWritten
    const { plan } = this.#input
    const lease = {
      domain: project.domain,
      loadout: project.loadout.name,
      attachments: run.session.attachments,
      services: held.services,
      repeats: plan.settings.repeats,
      legacy: project.legacy,
    }
    return { lease, release: () => held.release() }
  }
}

function warn(run: Run, message: string): void {
  run.record({ type: 'note', level: 'WARN', message })
}

function nameOf({ domain, loadout }: PlannedProject): { domain: string; loadout: string } {
  return { domain, loadout: loadout.name }
}
