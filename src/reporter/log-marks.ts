import type { LogMark, OpenRun, ProjectTarget } from './run-host.ts'

/** How far the services' logs have come: one look for all tests of a batch, which reach us in one go. */
export class LogMarks {
  readonly #run: OpenRun
  #marks: Map<ProjectTarget, LogMark[]> | null = null

  constructor(run: OpenRun) {
    this.#run = run
  }

  of(target: ProjectTarget): LogMark[] {
    if (this.#marks === null) {
      this.#marks = new Map()
      setImmediate(() => (this.#marks = null))
    }
    let marks = this.#marks.get(target)
    if (!marks) this.#marks.set(target, (marks = this.#run.logMarks(target)))
    return marks
  }
}
