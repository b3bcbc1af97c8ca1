import type { LogRange } from '../events/index.ts'
import type { LoadoutBook, LogMark } from '../services/loadouts/loadout-book.ts'
import type { ProjectTarget } from './run-host.ts'

/** How far the services' logs have come: one look for all tests of a batch, which reach us in one go. */
export class LogMarks {
  readonly #book: LoadoutBook
  #marks: Map<ProjectTarget, LogMark[]> | null = null

  constructor(book: LoadoutBook) {
    this.#book = book
  }

  of(target: ProjectTarget): LogMark[] {
    if (this.#marks === null) {
      this.#marks = new Map()
      setImmediate(() => (this.#marks = null))
    }
    let marks = this.#marks.get(target)
    if (!marks) this.#marks.set(target, (marks = this.#book.logMarks(target)))
    return marks
  }
}

/** The bytes that services wrote between two marks. */
export function rangesBetween(before: readonly LogMark[], after: readonly LogMark[]): LogRange[] {
  return after.map(({ service, file, bytes }) => {
    const start = before.find((mark) => mark.service === service && mark.file === file)
    return { service, file, from: start?.bytes ?? 0, to: bytes }
  })
}
