import type { Domain, RunFold, ScenarioResult } from '../../events/index.ts'
import type { JournalScan } from '../../session/projections/journal-scan.ts'
import type { Scanned } from './read-session.ts'
import type { SessionReport } from './types.ts'

type Rows = JournalScan['rows'] extends Map<Domain, infer List> ? List : never

/** Where results that follow each other stand in one file of the journal: begin and end of each, in turn. */
interface Places {
  file: string
  places: Float64Array<ArrayBuffer>
}

/**
 * A session that was read, and what its results can be gone through with again: plain data, so that another thread can
 * be given it. A hundred thousand results are two numbers each.
 */
export interface HandedRun {
  session: SessionReport
  fold: RunFold
  rows: Map<Domain, Places[]>
  cutOff: ScenarioResult[]
  domains: Domain[]
  covered: ReadonlySet<Domain>
}

/** What was read of a session as something to be given to another thread, whose memory it may take over. */
export function handed({ session, scan, cutOff, domains, covered }: Scanned): HandedRun {
  const rows = new Map([...scan.rows].map(([domain, some]) => [domain, placesOf(some)]))
  return { session, fold: scan.run, rows, cutOff, domains, covered }
}

/** Its memory, to be given away with it. */
export function memoryOf({ rows }: HandedRun): ArrayBuffer[] {
  return [...rows.values()].flatMap((some) => some.map(({ places }) => places.buffer))
}

/** What was given, as it was read. */
export function received({ session, fold, rows, ...others }: HandedRun): Scanned {
  const ranges = new Map([...rows].map(([domain, places]) => [domain, rangesOf(places)]))
  return { session, scan: { run: fold, rows: ranges, holes: 0, tail: null }, ...others }
}

function placesOf(rows: Rows): Places[] {
  const all: Places[] = []
  for (let from = 0; from < rows.length;) {
    const { file } = rows[from]!
    let to = from + 1
    while (to < rows.length && rows[to]!.file === file) to += 1
    const places = new Float64Array(2 * (to - from))
    for (let at = from; at < to; at += 1) {
      places[2 * (at - from)] = rows[at]!.start
      places[2 * (at - from) + 1] = rows[at]!.end
    }
    all.push({ file, places })
    from = to
  }
  return all
}

function rangesOf(all: readonly Places[]): Rows {
  const rows: Rows = []
  for (const { file, places } of all) {
    for (let at = 0; at < places.length; at += 2) {
      rows.push({ file, start: places[at]!, end: places[at + 1]! })
    }
  }
  return rows
}
