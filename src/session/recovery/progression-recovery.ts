import { join } from 'node:path'
import type { JournalEntry } from '../../events/index.ts'
import { AppendFile } from '../journal/append-file.ts'
import { PROGRESSION_FILE, progressionLines } from '../projections/progression.ts'
import type { SessionState } from '../projections/state.ts'
import { presentText } from './present-text.ts'

const LINE_BREAK = 10

type Progress = SessionState['progression']

/** Finds out which lines of the journal's events a `progression.log` lacks at its end, and appends them. */
export class ProgressionRecovery {
  readonly #path: string
  /** Lines of the file past the known part; those that no event stands for stay. */
  readonly #present: string[]
  /** Bytes of the file up to the end of its last whole line. */
  readonly #size: number
  #seq: number
  #next = 0
  #missing: string[] = []

  private constructor(path: string, present: string[], size: number, seq: number) {
    this.#path = path
    this.#present = present
    this.#size = size
    this.#seq = seq
  }

  /** Reads the log; `known` says up to where it was complete at some time. */
  static async open(directory: string, known: Progress | null): Promise<ProgressionRecovery> {
    const path = join(directory, PROGRESSION_FILE)
    const text = await presentText(path)
    const isThere = known !== null && known.bytes > 0 && text[known.bytes - 1] === LINE_BREAK
    const from = isThere ? known : { seq: 0, bytes: 0 }
    const present = text.toString('utf8', from.bytes).split(/(?<=\n)/)
    return new ProgressionRecovery(path, present, text.length, from.seq)
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
