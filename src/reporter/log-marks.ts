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

/** A test that Vitest has told to run, and how far the logs were then. */
export interface MarkedTest {
  /** Milliseconds since the epoch. */
  started: number
  marks: readonly LogMark[]
  /** Others ran at the same time. */
  isBesides: boolean
}

/** The tests that run, as far as Vitest has told. */
export class RunningTests {
  readonly #tests = new Map<string, MarkedTest>()

  begin(test: string, started: number, marks: readonly LogMark[]): MarkedTest {
    const isBesides = this.#tests.size > 0
    for (const other of this.#tests.values()) other.isBesides = true
    const marked = { started, marks, isBesides }
    this.#tests.set(test, marked)
    return marked
  }

  end(test: string): void {
    this.#tests.delete(test)
  }
}

/** The bytes that services wrote while a test ran, as far as that can be seen from here. */
export function rangesSince(test: MarkedTest, after: readonly LogMark[]): LogRange[] {
  return after.map(({ service, file, bytes }) => {
    const start = test.marks.find((mark) => mark.service === service && mark.file === file)
    const from = start?.bytes ?? 0
    return {
      service,
      file,
      from,
      to: bytes,
      ...(test.isBesides && bytes > from && { shared: null }),
    }
  })
}
