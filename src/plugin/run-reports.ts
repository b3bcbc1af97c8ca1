import { type ReportProcess, startReports } from '../report/launch.ts'
import type { RunReports } from '../reporter/index.ts'
import { noteAfterEnd } from '../session/projections/note-after-end.ts'

/** Shorter work is not commented upon; longer work now and then. */
const QUIET_MS = 2_000
const PROGRESS_EVERY_MS = 10_000

/**
 * The reports of one run, made after its session is closed by a process of their own. What goes wrong with them
 * is a warning in the log and shows in the exit code; what the run came to stays as it was.
 */
export class ReportsAtEnd {
  readonly #directory: string
  readonly #areWanted: boolean
  #process: ReportProcess | null = null
  #isMaking = false

  constructor(directory: string, areWanted: boolean) {
    this.#directory = directory
    this.#areWanted = areWanted
  }

  /** The process loads what it needs while the run still ends. */
  prepare(): void {
    if (this.#areWanted) this.#process ??= startReports(this.#directory)
  }

  async make(onProgress: (sentence: string) => void): Promise<RunReports | null> {
    if (this.#process === null) return null
    this.#isMaking = true
    let next = performance.now() + QUIET_MS
    const tell = (sentence: string): void => {
      if (performance.now() < next) return
      next = performance.now() + PROGRESS_EVERY_MS
      onProgress(sentence)
    }
    const waiting = setTimeout(() => tell('Making report.xlsx and report.html …'), QUIET_MS + 1)
    const made = await this.#process.make(tell)
    clearTimeout(waiting)
    this.#isMaking = false
    this.#process = null
    // oxlint-disable-next-line no-await-in-loop -- their order is that of the file
    for (const trouble of made.troubles) await noteAfterEnd(this.#directory, trouble)
    return made
  }

  /** Leaves the reports out. Whether they were being made. */
  cancel(): boolean {
    const wasMaking = this.#isMaking
    this.#process?.cancel()
    if (!wasMaking) this.#process = null
    return wasMaking
  }
}
