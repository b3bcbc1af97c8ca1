import { join } from 'node:path'
import type { JournalEntry } from '../../events/index.ts'
import { AppendFile } from '../journal/append-file.ts'
import { PROGRESSION_FILE, progressionLines } from '../projections/progression.ts'
import type { SessionState } from '../projections/state.ts'
import { presentText } from './present-text.ts'

const LINE_BREAK = 10
/** What stands before the level of a line: `[23:12:05] `. */
const CLOCK_LENGTH = 11

type Progress = SessionState['progression']

/** Finds out which lines of the journal's events a `progression.log` lacks at its end, and appends them. */
export class ProgressionRecovery {
  readonly #path: string
  readonly #text: string
  /** Lines of the file past the known part; those that no event stands for stay. */
  readonly #present: string[]
  /** Bytes of the file up to the end of its last whole line. */
  readonly #size: number
  #seq: number
  #next = 0
  #missing: string[] = []

  private constructor(path: string, text: Buffer, from: Progress) {
    this.#path = path
    this.#text = text.toString()
    this.#present = text.toString('utf8', from.bytes).split(/(?<=\n)/)
    this.#size = text.length
    this.#seq = from.seq
  }

  /** Reads the log; `known` says up to where it was complete at some time. */
  static async open(directory: string, known: Progress | null): Promise<ProgressionRecovery> {
    const path = join(directory, PROGRESSION_FILE)
    const text = await presentText(path)
    const isThere = known !== null && known.bytes > 0 && text[known.bytes - 1] === LINE_BREAK
    const from = isThere ? known : { seq: 0, bytes: 0 }
    return new ProgressionRecovery(path, text, from)
  }

  /** Takes the next event of the journal. */
  take(entry: JournalEntry): void {
    if (entry.seq <= this.#seq) return
    this.#seq = entry.seq
    for (const line of progressionLines(entry)) {
      const found = this.#present.indexOf(line, this.#next)
      // Once one is missing, so are all that follow: the log is written in the journal's order.
      if (this.#missing.length > 0 || found === -1) this.#missing.push(line)
      else this.#next = found + 1
    }
  }

  /**
   * Takes an event that was recorded just now: a damaged journal goes on at a number that the log is beyond. A result
   * that was told, and that the journal has again, is not told twice.
   */
  add(entry: JournalEntry): void {
    this.#seq = entry.seq
    const lines = progressionLines(entry)
    const isTold =
      entry.type === 'scenario_ended' &&
      lines.every((line) => this.#text.includes(line.slice(CLOCK_LENGTH)))
    if (!isTold) this.#missing.push(...lines)
  }

  /** Appends what is missing. */
  async complete(): Promise<Progress> {
    const file = await AppendFile.open(this.#path, this.#size)
    try {
      await file.append(Buffer.from(this.#missing.join('')), { sync: true })
      return { seq: this.#seq, bytes: file.size }
    } finally {
      await file.close()
    }
  }
}
