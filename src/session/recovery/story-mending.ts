import { join } from 'node:path'
import type { JournalEntry } from '../../events/index.ts'
import { replaceFile } from '../../host/durable-file.ts'
import { PROGRESSION_FILE } from '../projections/progression.ts'
import type { SessionState } from '../projections/state.ts'
import { presentText } from './present-text.ts'
import { StoryCheck } from './story.ts'

/** Makes a whole `progression.log` tell what the journal does, wherever it does not. */
export class StoryMending {
  readonly #path: string
  readonly #text: string
  readonly #check: StoryCheck
  #seq = 0

  private constructor(path: string, text: string) {
    this.#path = path
    this.#text = text
    this.#check = new StoryCheck(text)
  }

  static async open(directory: string): Promise<StoryMending> {
    const path = join(directory, PROGRESSION_FILE)
    return new StoryMending(path, (await presentText(path)).toString())
  }

  /** Takes the next event of the journal. */
  take(entry: JournalEntry): void {
    this.#seq = entry.seq
    this.#check.take(entry)
  }

  /** Takes an event that was recorded just now. */
  add(entry: JournalEntry): void {
    this.take(entry)
  }

  /** Writes the story where it is not as it should be. */
  async complete(): Promise<SessionState['progression']> {
    const { text } = this.#check.end()
    if (text !== this.#text) await replaceFile(this.#path, text)
    return { seq: this.#seq, bytes: Buffer.byteLength(text) }
  }
}
