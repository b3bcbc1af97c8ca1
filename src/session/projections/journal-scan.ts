import { basename } from 'node:path'
import {
  type Domain,
  foldEntry,
  type JournalEntry,
  loadoutKey,
  newFold,
  type RunFold,
} from '../../events/index.ts'
import { JarvisError } from '../../errors.ts'
import { type Glance, type RowRange, resultRange } from '../journal/journal-line.ts'
import {
  type JournalDamage,
  type JournalLine,
  type JournalTail,
  readLines,
} from '../journal/journal-reader.ts'
import { supersededRows } from '../journal/superseded-rows.ts'

/** What the journal of a session says, without the results themselves. */
export interface JournalScan {
  run: RunFold
  /** Where the results of each domain that was begun stand. */
  rows: Map<Domain, RowRange[]>
  /** How many events are missing between others: they were written, and cannot be read. */
  holes: number
  /** Null where there is no journal. */
  tail: JournalTail | null
}

/** Who hears of what while a journal is read. */
interface Listeners {
  /** `stands`: whether no later result takes the place of this one; `line`: where it stands. */
  onEntry?: (entry: JournalEntry, run: RunFold, stands: boolean, line: JournalLine) => void
  /** Each bad line. */
  onDamage?: (damage: JournalDamage) => void
  /** Each result as it stands there, `[start, end)` of a piece whose bytes are there until this returns. */
  onRow?: (domain: Domain, piece: Buffer, start: number, end: number) => void
  /** Whether it is remembered where the results stand. @default true */
  keepsRows?: boolean
}

/** Reads the journal of a session directory once, in pieces. */
export async function scanJournal(
  directory: string,
  { onEntry, onDamage, onRow, keepsRows = true }: Listeners = {},
): Promise<JournalScan> {
  const scan: JournalScan = {
    run: newFold(basename(directory)),
    rows: new Map(),
    holes: 0,
    tail: null,
  }
  const keepTail = (tail: JournalTail): void => void (scan.tail = tail)
  const odd = (file: string, line: number): void => onDamage?.({ file, line, kind: 'odd' })
  const superseded = await supersededRows(directory)
  const glanceOf = glances()
  for await (const lines of readLines(directory, onDamage, keepTail)) {
    for (const read of lines) {
      const { entry, line, path, number } = read
      scan.holes += entry.seq - (scan.run.seq ?? 0) - 1
      const stands = !superseded.has(entry.seq)
      try {
        note(scan, leftOf(entry, superseded), stands)
        onEntry?.(entry, scan.run, stands, read)
      } catch (error) {
        // What a newer version wrote is refused; anything else is no event of ours.
        if (error instanceof JarvisError) throw error
        odd(basename(path), number)
        continue
      }
      if (entry.type !== 'scenario_ended' || !stands) continue
      const place = resultRange(line, entry)
      if (place === null) continue
      const { start, end } = place
      const before = line.start - line.from
      if (keepsRows) {
        const [from, to, glance] = [before + start, before + end, glanceOf(entry.result)]
        addRow(scan, entry.domain, { file: path, start: from, end: to, seq: entry.seq, glance })
      }
      onRow?.(entry.domain, line.piece, start, end)
    }
  }
  return scan
}

/** Gives what results have in common that are of one loadout and ended alike: an object for all of them. */
function glances(): (result: Glance) => Glance {
  const known = new Map<string, Glance>()
  let last: Glance | null = null
  return ({ domain, loadout, status }) => {
    // Most are like the one before.
    if (last?.status === status && last.loadout === loadout && last.domain === domain) return last
    const key = `${loadoutKey({ domain, loadout })}|${status}`
    last = known.get(key) ?? { domain, loadout, status }
    known.set(key, last)
    return last
  }
}

/** Where the results of one domain stand in the journal. */
export async function domainRows(directory: string, domain: Domain): Promise<RowRange[]> {
  return (await scanJournal(directory)).rows.get(domain) ?? []
}

/** What a part of a run is to give again, without what it has given and is not counted here. */
function leftOf(entry: JournalEntry, superseded: ReadonlySet<number>): JournalEntry {
  if (entry.type !== 'run_resumed' || superseded.size === 0) return entry
  const again = entry.again.map(({ rows, ...file }) => ({
    ...file,
    rows: rows.filter(({ seq }) => !superseded.has(seq)),
  }))
  return { ...entry, again }
}

/** Takes a row that was added to the journal after it was read. */
export function addRow(scan: JournalScan, domain: Domain, row: RowRange): void {
  const rows = scan.rows.get(domain)
  if (rows === undefined) scan.rows.set(domain, [row])
  else rows.push(row)
}

/** Takes one event into what is known. */
export function note(scan: JournalScan, entry: JournalEntry, stands = true): void {
  foldEntry(scan.run, entry, stands)
  if (entry.type === 'domain_started' && !scan.rows.has(entry.domain)) {
    scan.rows.set(entry.domain, [])
  }
}
