import { constants } from 'node:os'
import { basename, dirname } from 'node:path'
import type { Dashboard } from '../dashboard/index.ts'
import type { PastTimes, RunEstimate } from '../dashboard/estimate.ts'
import type { SessionFiles } from '../dashboard/types.ts'
import { shouldUseDashboard } from '../dashboard/should-use.ts'
import { messageOf } from '../errors.ts'
import { type JournalEntry, loadoutKey } from '../events/index.ts'
import { isForeground } from '../host/foreground.ts'
import { progressionLines } from '../session/index.ts'
import type { ProjectTarget } from './run-host.ts'

/** The screen could not be drawn, and these events were not shown on it. */
type OnFailure = (reason: string, entries: readonly JournalEntry[]) => void

/** Whether events are shown on a live screen here. */
export function hasLiveScreen(): boolean {
  return shouldUseDashboard(process.env, process.stdout) && isForeground()
}

/** The dashboard of one run in this terminal. What it needs is loaded by the first run that has one. */
export class LiveScreen {
  readonly #withKeys: boolean
  readonly #onFailure: OnFailure
  readonly #loaded: Promise<void>
  #modules: Modules | null = null
  #dashboard: Dashboard | null = null
  #estimate: RunEstimate | null = null
  #past: PastTimes | null = null
  #waiting: JournalEntry[] = []
  #directory: string | null = null
  #isAbandoned = false

  /** @param withKeys - false where Vitest owns the keyboard */
  constructor(withKeys: boolean, onFailure: OnFailure) {
    this.#withKeys = withKeys
    this.#onFailure = onFailure
    this.#loaded = this.#load().catch((error: unknown) => this.#giveUp(error, []))
  }

  /** Shows a batch that is durable. The first one makes the screen. */
  show(entries: readonly JournalEntry[]): void {
    this.#waiting.push(...entries)
    this.#flush()
  }

  /** Says where the session is, and which of its loadouts earlier runs may know. */
  locate(directory: string, targets: readonly ProjectTarget[]): void {
    this.#directory = directory
    this.#dashboard?.locate(directory)
    void this.#learn(directory, targets)
  }

  /** The run is over, and something still takes its time. */
  busy(sentence: string): void {
    this.#dashboard?.busy(sentence, 'skip')
  }

  /** The screen gives way: to what `before` prints, then to its own summary where a session is given. */
  async stop(files: SessionFiles | null, before: () => void): Promise<void> {
    await this.#loaded
    if (this.#dashboard === null) before()
    else this.#dashboard.stop(files, before)
  }

  /** The terminal is gone. */
  abandon(): void {
    const dashboard = this.#dashboard
    this.#modules = null
    this.#dashboard = null
    this.#waiting = []
    this.#isAbandoned = true
    dashboard?.stop()
  }

  async #load(): Promise<void> {
    const loading = [import('../dashboard/index.ts'), import('../dashboard/estimate.ts')] as const
    const [{ createDashboard }, { RunEstimate: estimate }] = await Promise.all(loading)
    if (this.#isAbandoned) return
    this.#modules = { createDashboard, RunEstimate: estimate }
    this.#flush()
  }

  #flush(): void {
    if (this.#modules === null || this.#waiting.length === 0) return
    const entries = this.#waiting.splice(0)
    try {
      this.#dashboard ??= this.#begin(this.#modules)
      this.#dashboard.show(entries)
      this.#teach()
    } catch (error) {
      this.#giveUp(error, entries)
    }
  }

  #giveUp(error: unknown, entries: readonly JournalEntry[]): void {
    const dashboard = this.#dashboard
    this.#modules = null
    this.#dashboard = null
    try {
      dashboard?.stop()
    } finally {
      this.#onFailure(messageOf(error), [...entries, ...this.#waiting.splice(0)])
    }
  }

  #begin({ createDashboard, RunEstimate: Estimate }: Modules): Dashboard {
    this.#estimate = new Estimate()
    // That the terminal closes is told by a signal, or by what is written to it.
    if (this.#withKeys) process.stdin.on('error', () => {})
    const dashboard = createDashboard({
      stdout: process.stdout,
      stderr: process.stderr,
      stdin: this.#withKeys ? process.stdin : null,
      env: process.env,
      describe: progressionLines,
      estimate: this.#estimate,
      isForeground,
      onCancel: cancelAsSignal,
    })
    if (this.#directory !== null) dashboard.locate(this.#directory)
    return dashboard
  }

  /** In the background: a run without a past is estimated by what it shows. */
  async #learn(directory: string, targets: readonly ProjectTarget[]): Promise<void> {
    const { readPastRuns } = await import('../session/history/past-runs.ts')
    const wanted = new Set(targets.map((target) => loadoutKey(target)))
    this.#past = await readPastRuns(dirname(directory), basename(directory), wanted)
    this.#teach()
  }

  /** The estimate learns once it knows the run, which its first event tells. */
  #teach(): void {
    if (this.#past === null || this.#estimate === null) return
    this.#estimate.learn(this.#past)
    this.#past = null
  }
}

interface Modules {
  createDashboard: (typeof import('../dashboard/index.ts'))['createDashboard']
  RunEstimate: typeof RunEstimate
}

/** A key takes the way of a signal: in order the first time, at once the second time. */
function cancelAsSignal(): void {
  const listeners: NodeJS.EventEmitter = process
  listeners.emit('SIGINT', 'SIGINT', constants.signals.SIGINT)
}
