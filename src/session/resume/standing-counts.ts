import {
  AgainRows,
  count,
  type Counts,
  type EventOf,
  noCounts,
  type ScenarioResult,
  uncount,
} from '../../events/index.ts'
import type { ResumeOptions } from './opening-again.ts'

/** How many results of a run stand, as they are recorded; of one that goes on, with those of its parts before. */
export class StandingCounts {
  readonly #counts: Counts
  readonly #again: AgainRows | null

  constructor(resume: ResumeOptions | undefined) {
    this.#counts = resume === undefined ? noCounts() : { ...resume.point.run.counts }
    this.#again = resume === undefined ? null : new AgainRows(resume.again)
  }

  get now(): Counts {
    return { ...this.#counts }
  }

  add(result: ScenarioResult): void {
    const { old, stands } = this.#again?.replace(result) ?? { old: null, stands: true }
    if (!stands) return
    if (old !== null) uncount(this.#counts, old.status)
    count(this.#counts, result.status)
  }

  fileEnded(file: EventOf<'file_ended'>): void {
    for (const old of this.#again?.fileEnded(file) ?? []) uncount(this.#counts, old.status)
  }
}
