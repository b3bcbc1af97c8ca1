import { type JournalEntry, loadoutKey, type LoadoutName } from '../events/index.ts'
import type { JournalLine } from '../session/journal/journal-reader.ts'

/** `[start, end)` of a journal file: whole lines. */
export interface LineRange {
  path: string
  start: number
  end: number
}

/** What stands before the first loadout of a part. */
export const PREAMBLE = ''

/** What is told of a scenario or its file, and so moves with the file where a loadout was divided. */
const OF_FILES: ReadonlySet<JournalEntry['type']> = new Set([
  'scenario_started',
  'scenario_ended',
  'file_ended',
  'file_loading',
  'console',
  'cause_found',
  'repeats_summarised',
])

/** Which loadout and file an event belongs to, told by what stands before it as well. */
export class Whereabouts {
  key: string = PREAMBLE
  file: string | null = null

  /** Moves on to an event. Returns whether it is one of a file. */
  take(entry: JournalEntry): boolean {
    const name = loadoutNamed(entry)
    if (name !== null) {
      const key = loadoutKey(name)
      if (key !== this.key) this.file = null
      this.key = key
    }
    if (!OF_FILES.has(entry.type)) return false
    this.file = fileNamed(entry) ?? this.file
    return this.file !== null
  }
}

/** Where in the journal of a part the events of each loadout stand. Its size goes with how often they take turns. */
export class PartIndex {
  /** In the order in which they come up. */
  readonly loadouts = new Map<string, LineRange[]>()
  /** Of loadouts that several sessions have: also by file. */
  readonly #files = new Map<string, Map<string, LineRange[]>>()
  readonly #isDivided: (key: string) => boolean
  readonly #at = new Whereabouts()
  #end: { path: string; at: number } | null = null
  #last: { key: string; range: LineRange } | null = null
  #lastOfFile: { key: string; file: string; range: LineRange } | null = null

  constructor(isDivided: (key: string) => boolean) {
    this.#isDivided = isDivided
  }

  take(entry: JournalEntry, { path, line }: JournalLine): void {
    const isOfFile = this.#at.take(entry)
    const { key, file } = this.#at
    const [start, end] = [line.start, line.end + 1]
    // What cannot be read stands between.
    if (this.#end?.path !== path || this.#end.at !== start) this.skip()
    this.#end = { path, at: end }
    if (this.#last?.key === key) {
      this.#last.range.end = end
    } else {
      const range = { path, start, end }
      this.#last = { key, range }
      added(this.loadouts, key, range)
    }
    if (!isOfFile || file === null || !this.#isDivided(key)) return
    const last = this.#lastOfFile
    // Of what stands between two events of one file whoever reads it knows what is of others.
    if (last?.key === key && last.file === file) {
      last.range.end = end
      return
    }
    const range = { path, start, end }
    this.#lastOfFile = { key, file, range }
    const files = this.#files.get(key) ?? new Map<string, LineRange[]>()
    this.#files.set(key, files)
    added(files, file, range)
  }

  /** A line that does not count: what follows it is another range. */
  skip(): void {
    this.#last = null
    this.#lastOfFile = null
  }

  filesOf(key: string): ReadonlyMap<string, readonly LineRange[]> {
    return this.#files.get(key) ?? new Map()
  }
}

function added(ranges: Map<string, LineRange[]>, key: string, range: LineRange): void {
  const known = ranges.get(key)
  if (known === undefined) ranges.set(key, [range])
  else known.push(range)
}

function loadoutNamed(entry: JournalEntry): LoadoutName | null {
  if (entry.type === 'scenario_ended') {
    return { domain: entry.domain, loadout: entry.result.loadout }
  }
  if (entry.type === 'gate_checked' || !('loadout' in entry)) return null
  const { domain, loadout } = entry
  return typeof domain === 'string' && typeof loadout === 'string' ? { domain, loadout } : null
}

function fileNamed(entry: JournalEntry): string | null {
  if (entry.type === 'scenario_ended') return entry.result.file
  return 'file' in entry ? entry.file : null
}
