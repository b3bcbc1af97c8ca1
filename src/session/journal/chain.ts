import type { JournalEntry } from '../../events/index.ts'
import type { SCHEMA_VERSION } from '../../events/result.ts'
import { checkOf, FIRST_CHECK, SEAL_LENGTH, statedCheck } from './check-value.ts'
import { asEntry, isWellFormed } from './journal-line.ts'
import type { CutLine } from './line-cutter.ts'
import { parsedAlone } from './parse-lines.ts'

/** The version by its type alone: its module would load the whole validator. */
const newestVersion: typeof SCHEMA_VERSION = 1

/**
 * How a line is not as it should be. `torn`: it is unfinished (the last one of a run that lives may be on its way).
 * `edited`: the check value does not fit the bytes. `gap`: a line before this one is missing or unreadable, so this
 * one, which is taken, cannot be checked. `long`: it is longer than any line that is written. `odd`: it is whole, and
 * does not hold what an event of its type does.
 */
export type DamageKind = 'torn' | 'edited' | 'gap' | 'long' | 'odd'

/** A line that is an event. */
export interface ReadLine {
  entry: JournalEntry
  check: number
  /** Its check value fits. */
  isCertain: boolean
}

/** Checks the lines of one journal file, one after the other. */
export class Chain {
  #previous = FIRST_CHECK
  /** Number of the event before, as far as that can be told. */
  #seq: number | null = null
  /** Number of the last event that was taken. */
  #taken = 0
  #line = 0
  /** The line before could not be read, so that its check value is not known for certain. */
  #doubtful = false
  readonly #damage: (line: number, kind: DamageKind) => void

  constructor(damage: (line: number, kind: DamageKind) => void) {
    this.#damage = damage
  }

  /** The number of the line that was read last. */
  get line(): number {
    return this.#line
  }

  /** What the next line is chained to. */
  get check(): number {
    return this.#previous
  }

  /** The event of the next line, which holds `value`; null where it is left out. */
  next(line: CutLine, value?: unknown): ReadLine | null {
    const { piece, from, to, terminated, isTooLong } = line
    this.#line += 1
    const stated = statedCheck(piece, from, to)
    if (isTooLong) return this.#reject('long', stated, terminated)
    const entry = stated === null ? null : asEntry(value ?? parsedAlone(line))
    if (stated === null || entry === null) {
      const isTorn = stated === null || !terminated
      return this.#reject(isTorn ? 'torn' : 'edited', stated, terminated)
    }
    const fits = checkOf(piece.subarray(from, to - SEAL_LENGTH), this.#previous) === stated
    if (!fits) {
      const gap = this.#doubtful || (this.#seq !== null && entry.seq !== this.#seq + 1)
      if (!gap || !terminated || !this.#isPlausible(entry)) {
        return this.#reject(terminated ? 'edited' : 'torn', stated, terminated)
      }
      this.#damage(this.#line, 'gap')
    }
    this.#previous = stated
    this.#seq = entry.seq
    this.#doubtful = false
    if (!isNewer(entry) && !isWellFormed(entry)) {
      this.#damage(this.#line, 'odd')
      return null
    }
    this.#taken = entry.seq
    return { entry, check: stated, isCertain: fits }
  }

  /** What cannot be checked must at least look like what would stand here. */
  #isPlausible(entry: JournalEntry): boolean {
    return entry.seq > this.#taken && !isNewer(entry) && isWellFormed(entry)
  }

  #reject(kind: DamageKind, stated: number | null, terminated: boolean): null {
    this.#damage(this.#line, kind)
    // An edited line was followed by one that is chained to the value it states; after a torn one the
    // chain goes on from the last good line.
    if (stated !== null && terminated) this.#previous = stated
    this.#doubtful = true
    if (this.#seq !== null && stated !== null) this.#seq += 1
    return null
  }
}

/** The version of an event that a newer version of jarvis wrote; null for one of ours. */
export function newerVersion(entry: JournalEntry): number | null {
  if (entry.type !== 'scenario_ended') return null
  const version: unknown = (entry.result as { schema_version?: unknown } | null)?.schema_version
  return typeof version === 'number' && version > newestVersion ? version : null
}

function isNewer(entry: JournalEntry): boolean {
  return newerVersion(entry) !== null
}
