import type { Domain } from '../../events/index.ts'
import type { JournalDamage } from '../../session/journal/journal-reader.ts'
import { domainFileName } from './domains.ts'

const MOST_SENTENCES = 20

const KINDS = {
  torn: 'is torn and left out',
  edited: 'is not as it was written and left out',
  gap: 'follows a line that is missing or unreadable',
  odd: 'holds no event that this version of jarvis knows',
  long: 'is longer than 64 MiB and left out',
} as const satisfies Record<JournalDamage['kind'], string>

/** What of a session could not be read, as sentences; of many the first ones. */
export class Damages {
  readonly #told: { sentence: string; ofResults: boolean; isTorn: boolean }[] = []
  #more = 0

  get sentences(): string[] {
    const all = this.#told.map(({ sentence }) => sentence)
    if (this.#more > 0) all.push(`${this.#more} more places could not be read.`)
    return all
  }

  /** Those by which what the session says of its results cannot be relied on. */
  get ofResults(): string[] {
    return this.#told.filter(({ ofResults }) => ofResults).map(({ sentence }) => sentence)
  }

  add(sentence: string, about: 'results' | 'other' | 'torn' = 'other'): void {
    const ofResults = about !== 'other'
    const isTorn = about === 'torn'
    if (this.#told.length < MOST_SENTENCES) this.#told.push({ sentence, ofResults, isTorn })
    else this.#more += 1
  }

  line({ file, line, kind }: JournalDamage): void {
    this.add(`${file}: line ${line} ${KINDS[kind]}.`, kind === 'torn' ? kind : 'results')
  }

  /** A line that was never finished is no loss where every event is there. */
  forgiveTorn({ holes }: { holes: number }): void {
    if (holes === 0) for (const one of this.#told) if (one.isTorn) one.ofResults = false
  }

  /** The last line of a run that goes on, or died, may not have been written to its end. */
  forgetLastLine(): void {
    if (this.#told.at(-1)?.isTorn === true) this.#told.pop()
  }

  notInJournal(domain: Domain, results: number): void {
    const what = results === 1 ? '1 result' : `${results} results`
    this.add(
      `events.jsonl lacks ${what} of ${domainFileName(domain)}: taken from there.`,
      'results',
    )
  }

  /** A file is not what the journal says that it must be. */
  unlike(domain: Domain, isAbsent: boolean): void {
    const what = isAbsent ? 'is not there' : 'does not hold what events.jsonl does'
    this.add(`${domainFileName(domain)} ${what}: results are those of events.jsonl.`, 'results')
  }
}
