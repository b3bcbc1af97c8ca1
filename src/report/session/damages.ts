import type { Domain } from '../../events/index.ts'
import type { JournalDamage } from '../../session/journal/journal-reader.ts'
import { domainFileName } from './domains.ts'

const MOST_SENTENCES = 20

const KINDS = {
  torn: 'is torn and left out',
  edited: 'is not as it was written and left out',
  gap: 'follows a line that is missing or unreadable',
} as const satisfies Record<JournalDamage['kind'], string>

/** What of a session could not be read, as sentences; of many the first ones. */
export class Damages {
  readonly #sentences: string[] = []
  #more = 0

  get sentences(): string[] {
    if (this.#more === 0) return this.#sentences
    return [...this.#sentences, `${this.#more} more places could not be read.`]
  }

  add(sentence: string): void {
    if (this.#sentences.length < MOST_SENTENCES) this.#sentences.push(sentence)
    else this.#more += 1
  }

  line({ file, line, kind }: JournalDamage): void {
    this.add(`${file}: line ${line} ${KINDS[kind]}.`)
  }

  /** The last line of a run that goes on may be on its way. */
  forgetLastLine(): void {
    if (this.#sentences.at(-1)?.endsWith(`${KINDS.torn}.`) === true) this.#sentences.pop()
  }

  notInJournal(domain: Domain, results: number): void {
    const what = results === 1 ? '1 result' : `${results} results`
    this.add(`events.jsonl lacks ${what} of ${domainFileName(domain)}: taken from there.`)
  }
}
