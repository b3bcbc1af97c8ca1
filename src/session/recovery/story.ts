import type { JournalEntry } from '../../events/index.ts'
import { progressionLines } from '../projections/progression.ts'

/** How far ahead the line of an event is looked for. */
const LOOK_AHEAD = 500
const WHOLE = /^\[\d\d:\d\d:\d\d\] \[(?:DEBUG|INFO|WARN|ERROR)\] [^\n]+\n$/
/** What a run says beside its events: a file that cannot be written, and what happened after its end. */
const BESIDE = /^\[\d\d:\d\d:\d\d\] \[(?:WARN|ERROR)\] /

/** How a story differs from that of the journal. */
export interface StoryDifferences {
  /** Lines of events that are not there, or not as they were written. */
  missing: number
  /** Lines of a story that no event stands for. */
  foreign: number
  /** Lines that are none of a story. */
  garbage: number
  /** Where the first difference is, counted from 1. */
  line: number | null
  /** The story as it should be. What only it tells stays. */
  text: string
}

/** Goes along a `progression.log` while the journal is read: whether it tells just that. */
export class StoryCheck {
  readonly #present: readonly string[]
  #next = 0
  /** Lines of events that were not found since the last one that was. */
  #unfound = 0
  readonly #found = { missing: 0, foreign: 0, garbage: 0 }
  #line: number | null = null
  readonly #mended: string[] = []

  constructor(text: string) {
    this.#present = text === '' ? [] : text.split(/(?<=\n)/)
  }

  /** Takes the next event of the journal. */
  take(entry: JournalEntry): void {
    for (const line of progressionLines(entry)) {
      const found = this.#find(line)
      if (found === -1) {
        this.#note('missing', this.#next)
        this.#unfound += 1
      } else {
        this.#passOver(found)
        this.#next = found + 1
      }
      this.#mended.push(line)
    }
  }

  /** After the last event. */
  end(): StoryDifferences {
    this.#passOver(this.#present.length)
    this.#next = this.#present.length
    return { ...this.#found, line: this.#line, text: this.#mended.join('') }
  }

  #find(line: string): number {
    if (this.#present[this.#next] === line) return this.#next
    const found = this.#present.slice(this.#next, this.#next + LOOK_AHEAD).indexOf(line)
    return found === -1 ? -1 : this.#next + found
  }

  /** What stands before the line that was found: as many lines as were not found are these, changed. */
  #passOver(end: number): void {
    for (let at = this.#next; at < end; at += 1) {
      const line = this.#present[at]!
      if (this.#unfound > 0) this.#unfound -= 1
      else if (!WHOLE.test(line)) this.#note('garbage', at)
      else {
        if (!BESIDE.test(line)) this.#note('foreign', at)
        this.#mended.push(line)
      }
    }
    this.#unfound = 0
  }

  #note(kind: 'missing' | 'foreign' | 'garbage', at: number): void {
    this.#found[kind] += 1
    this.#line ??= at + 1
  }
}
