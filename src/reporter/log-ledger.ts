import { closeSync, openSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { LogRange } from '../events/index.ts'
import { LOG_NOTES, type LogNote } from '../events/log-note.ts'
import type { LogMark } from '../services/loadouts/loadout-book.ts'

/** What one repeat of a test has of one log; `to` is null while it runs. */
interface Span {
  service: string
  from: number
  to: number | null
}

interface Noted {
  spans: Map<string, Span>
  /** Nothing of the time before it is its own. */
  isSure: boolean
  /** Until when its end may still change, in milliseconds since the epoch; null: not at all. */
  until: number | null
  isRecorded: boolean
}

interface Bytes {
  from: number
  to: number
}

const CHUNK_BYTES = 64 * 1024
/** How much later than it is due the last word of a worker may come. */
const LAST_WORD_MS = 25

/** Which bytes of the services' logs are of which test, by the notes of all workers of a run. */
export class LogLedger {
  #path: string | null = null
  #file: number | null = null
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  #read = 0
  #rest = ''
  readonly #noted = new Map<string, Noted>()
  /** By log: those that may still have a part in what others have. */
  readonly #of = new Map<string, Set<Noted>>()
  readonly #doubts = new Map<string, Bytes[]>()
  /** By log: what came late of a repeat that had its row by then, and is of none. */
  readonly #late = new Map<string, Bytes[]>()

  /** @param directory - of the session; nothing is noted where no file can be made in it */
  constructor(directory: string) {
    try {
      this.#path = join(directory, LOG_NOTES)
      this.#file = openSync(this.#path, 'w+', 0o600)
    } catch {
      // Rows then have what the main process sees.
    }
  }

  /** Until when the row of a repeat has to wait for its last word, in milliseconds since the epoch; 0: it need not. */
  settlesAt(test: string, repeat: number): number {
    this.#readOn()
    const until = this.#noted.get(keyOf(test, repeat))?.until ?? null
    return until === null ? 0 : until + LAST_WORD_MS
  }

  /**
   * The bytes of a repeat of a test whose row is recorded now; null where nothing is noted. `look` tells how far the
   * logs are.
   */
  ranges(test: string, repeat: number, look: () => readonly LogMark[]): LogRange[] | null {
    this.#readOn()
    const noted = this.#noted.get(keyOf(test, repeat))
    if (noted === undefined) return null
    const ranges = [...noted.spans].flatMap(([file, span]) => {
      // Its worker has ended, or will tell more when this is recorded.
      const isOpen = noted.until !== null || span.to === null
      const known = span.to ?? Infinity
      const to = isOpen ? this.#endOf(file, noted, look()) : (span.to ?? span.from)
      span.to = to
      const { service, from } = span
      const shared = this.#sharing(file, noted, { from, to, known })
      if (shared > 1) return [{ service, file, from, to, shared }]
      const begin = this.#lateBefore(file, from)
      const certain = this.#certainFrom(file, from, to)
      const rest = { service, file, from: certain, to }
      return certain === begin
        ? [rest]
        : [{ ...rest, from: begin, to: certain, shared: null }, rest]
    })
    noted.isRecorded = true
    if (noted.until === null) this.#noted.delete(keyOf(test, repeat))
    for (const file of noted.spans.keys()) this.#forget(file)
    return ranges
  }

  /** The run is over. */
  close(): void {
    if (this.#file === null || this.#path === null) return
    closeSync(this.#file)
    this.#file = null
    try {
      rmSync(this.#path, { force: true })
    } catch {
      // It goes with whoever completes the session.
    }
  }

  /** Where what is written now belongs to nobody else. */
  #endOf(file: string, own: Noted, marks: readonly LogMark[]): number {
    const { from, to } = own.spans.get(file)!
    const known = to ?? from
    const size = marks.find((mark) => mark.file === file)?.bytes ?? known
    const sure = [...(this.#of.get(file) ?? [])].filter((other) => other !== own && other.isSure)
    const later = sure.map((other) => other.spans.get(file)!.from).filter((its) => its >= known)
    return Math.max(known, Math.min(size, ...(to === null ? [] : later)))
  }

  /** How many ran while these bytes were written. */
  #sharing(file: string, own: Noted, { from, to, known }: Bytes & { known: number }): number {
    let count = 1
    for (const other of this.#of.get(file) ?? []) {
      const its = other.spans.get(file)!
      // One that has asked for nothing yet has no part in what came late of the one before.
      if (other === own || (!other.isSure && its.from >= known)) continue
      if (Math.max(from, its.from) < Math.min(to, its.to ?? Infinity)) count += 1
    }
    return count
  }

  /** From where on it can be told whose bytes of a range are. */
  #certainFrom(file: string, from: number, to: number): number {
    const doubts = this.#doubts.get(file) ?? []
    const within = doubts.filter((doubt) => doubt.from < to && doubt.to > from)
    return Math.min(to, Math.max(from, ...within.map((doubt) => doubt.to)))
  }

  /** Where what came late, and ends where a range begins, begins itself. */
  #lateBefore(file: string, from: number): number {
    const late = this.#late.get(file) ?? []
    const before = late.filter(({ to }) => to === from)
    this.#late.set(
      file,
      late.filter(({ to }) => to > from),
    )
    return Math.min(from, ...before.map((one) => one.from))
  }

  /** Drops what can have no part in any range that is still to come. */
  #forget(file: string): void {
    const all = this.#of.get(file) ?? new Set<Noted>()
    const open = [...all].filter(({ isRecorded }) => !isRecorded)
    const first = Math.min(...open.map(({ spans }) => spans.get(file)!.from))
    for (const noted of all) {
      const { to } = noted.spans.get(file)!
      if (noted.isRecorded && (open.length === 0 || (to !== null && to <= first))) all.delete(noted)
    }
    const doubts = this.#doubts.get(file)
    if (doubts !== undefined) {
      this.#doubts.set(file, open.length === 0 ? [] : doubts.filter(({ to }) => to > first))
    }
  }

  #readOn(): void {
    if (this.#file === null) return
    for (;;) {
      const length = readSync(this.#file, this.#buffer, 0, CHUNK_BYTES, this.#read)
      if (length === 0) return
      this.#read += length
      const lines = (this.#rest + this.#buffer.toString('latin1', 0, length)).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) this.#take(line)
    }
  }

  #take(line: string): void {
    const note = noteOf(line)
    if (note === null) return
    if (note.type === 'doubt') {
      const doubts = this.#doubts.get(note.file) ?? []
      this.#doubts.set(note.file, [...doubts, { from: note.from, to: note.to }])
      return
    }
    const key = keyOf(note.test, note.repeat)
    const noted = this.#noted.get(key) ?? {
      spans: new Map(),
      isSure: false,
      until: null,
      isRecorded: false,
    }
    noted.until = note.type === 'ended' ? note.until : null
    noted.isSure ||= note.type !== 'began'
    if (noted.isRecorded) this.#noted.delete(key)
    else this.#noted.set(key, noted)
    for (const log of note.logs) {
      const { service, file, from } = log
      const to = 'to' in log ? log.to : null
      if (noted.isRecorded) this.#tookLate(file, noted.spans.get(file)?.to ?? null, to)
      else noted.spans.set(file, { service, from, to })
      const all = this.#of.get(file) ?? new Set()
      if (!noted.isRecorded) this.#of.set(file, all.add(noted))
    }
  }

  #tookLate(file: string, from: number | null, to: number | null): void {
    if (from === null || to === null || to <= from) return
    this.#late.set(file, [...(this.#late.get(file) ?? []), { from, to }])
  }
}

/** Null for a line that was cut. */
function noteOf(line: string): LogNote | null {
  try {
    const note = JSON.parse(Buffer.from(line, 'latin1').toString()) as LogNote | null
    const isNote = note?.type === 'doubt' || Array.isArray(note?.logs)
    return isNote ? note : null
  } catch {
    return null
  }
}

const keyOf = (test: string, repeat: number): string => `${test}\0${repeat}`
