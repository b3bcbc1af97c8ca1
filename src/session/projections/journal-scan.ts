import { basename } from 'node:path'
import type { Domain, EventOf, JournalEntry } from '../../events/index.ts'
import { type RowRange, rowRange } from '../journal/journal-line.ts'
import { type JournalDamage, type JournalTail, readLines } from '../journal/journal-reader.ts'
import { applyToState, initialState, type SessionState } from './state.ts'

/** What the journal of a session says, without the results themselves. */
export interface JournalScan {
  state: SessionState
  /** Where the results of each domain that was begun stand. */
  rows: Map<Domain, RowRange[]>
  /** Scenarios that started and did not end, by id, with the time at which they started. */
  running: Map<string, EventOf<'scenario_started'> & { time: string }>
  /** Ids of results whose scenario was not known to run: of short ones a start is told late, or never. */
  unannounced: Set<string>
  /** Time of the first event. */
  from: string | null
  /** Time of the last event. */
  to: string | null
  ended: boolean
  /** Null where there is no journal. */
  tail: JournalTail | null
}

/** Reads the journal of a session directory once, in pieces; `onEntry` gets each event, `onDamage` each bad line. */
export async function scanJournal(
  directory: string,
  onEntry: (entry: JournalEntry) => void = () => {},
  onDamage?: (damage: JournalDamage) => void,
): Promise<JournalScan> {
  const state = initialState(basename(directory))
  const scan: JournalScan = {
    state,
    rows: new Map(),
    running: new Map(),
    unannounced: new Set(),
    from: null,
    to: null,
    ended: false,
    tail: null,
  }
  const keepTail = (tail: JournalTail): void => void (scan.tail = tail)
  for await (const lines of readLines(directory, onDamage, keepTail)) {
    for (const { entry, bytes, path, start } of lines) {
      note(scan, entry)
      onEntry(entry)
      const row = entry.type === 'scenario_ended' ? rowRange(bytes, path, start) : null
      if (row !== null && entry.type === 'scenario_ended') addRow(scan, entry.domain, row)
    }
  }
  return scan
}

/** Where the results of one domain stand in the journal. */
export async function domainRows(directory: string, domain: Domain): Promise<RowRange[]> {
  return (await scanJournal(directory)).rows.get(domain) ?? []
}

/** Takes a row that was added to the journal after it was read. */
export function addRow(scan: JournalScan, domain: Domain, row: RowRange): void {
  const rows = scan.rows.get(domain)
  if (rows === undefined) scan.rows.set(domain, [row])
  else rows.push(row)
}

/** Takes one event into what is known. */
export function note(scan: JournalScan, entry: JournalEntry): void {
  applyToState(scan.state, entry)
  scan.from ??= entry.time
  scan.to = entry.time
  if (entry.type === 'domain_started' && !scan.rows.has(entry.domain)) {
    scan.rows.set(entry.domain, [])
  } else if (entry.type === 'scenario_started') {
    if (!scan.unannounced.has(entry.id)) scan.running.set(entry.id, entry)
  } else if (entry.type === 'scenario_ended') {
    const { id } = entry.result
    if (!scan.running.delete(id)) scan.unannounced.add(id)
  } else if (entry.type === 'run_ended') {
    scan.ended = true
  }
}
