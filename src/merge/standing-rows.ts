import { AgainRows, type JournalEntry, loadoutKey, type ScenarioResult } from '../events/index.ts'
import type { PartSource } from './part-source.ts'
import { readRanges } from './read-ranges.ts'

/** Of the results of one loadout that two attempts of a part have given, those that do not stand. */
export interface Superseded {
  /** Numbers of their events, by the place of their session. */
  seqs: ReadonlyMap<number, ReadonlySet<number>>
  /** Ids of those of earlier attempts that gave way, by the place of their session. */
  ids: ReadonlyMap<number, ReadonlySet<string>>
  /** Whether a result of this id stands. */
  has(id: string): boolean
}

type OldRow = ReturnType<typeof rowOf> & { place: number }

/** Numbers of events of several journals as one number each. */
const PLACE_FACTOR = 2 ** 32

/**
 * For each scenario the later final result counts: an interrupted one takes the place of no other. What stood for a whole
 * file, or for tests that only its text promised, goes once a later attempt has run that file to its end.
 */
export async function supersededOf(
  attempts: readonly PartSource[],
  key: string,
): Promise<Superseded> {
  const seqs = new Map<number, Set<number>>()
  const ids = new Map<number, Set<string>>()
  const note = (row: OldRow): void => {
    setOf(seqs, row.place).add(row.seq)
    setOf(ids, row.place).add(row.id)
  }
  let standing = new Map<string, OldRow>()
  for (const { place, index } of attempts) {
    const byFile = Map.groupBy(standing.values(), ({ file }) => file)
    const bar = key.indexOf('|')
    const [domain, loadout] = [key.slice(0, bar), key.slice(bar + 1)]
    const again = new AgainRows(
      [...byFile].map(([file, rows]) => ({
        domain,
        loadout,
        file,
        rows: rows.map((row) => ({ ...row, seq: row.place * PLACE_FACTOR + row.seq })),
      })),
    )
    const now = new Map(standing)
    const drop = (id: string): void => {
      const old = standing.get(id)
      if (old === undefined) return
      note(old)
      if (now.get(id) === old) now.delete(id)
    }
    // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
    for await (const entry of readRanges(index.loadouts.get(key) ?? [])) {
      if (entry.type === 'file_ended' && loadoutKey(entry) === key) {
        for (const old of again.fileEnded(entry)) {
          // What came to an end stays a result, whatever the file has become.
          if (!isFinal(old.status)) drop(old.id)
        }
      }
      if (!isRowOf(entry, key)) continue
      const row = { place, ...rowOf(entry.seq, entry.result) }
      const { old, stands } = again.replace(entry.result)
      if (!stands) {
        setOf(seqs, place).add(row.seq)
        continue
      }
      if (old !== null) drop(row.id)
      now.set(row.id, row)
    }
    standing = now
  }
  return { seqs, ids, has: (id) => standing.has(id) }
}

function isRowOf(
  entry: JournalEntry,
  key: string,
): entry is Extract<JournalEntry, { type: 'scenario_ended' }> {
  if (entry.type !== 'scenario_ended') return false
  return loadoutKey({ domain: entry.domain, loadout: entry.result.loadout }) === key
}

function rowOf(seq: number, { id, file, status, duration, cause = null }: ScenarioResult) {
  return { seq, id, file, status, duration, cause }
}

function isFinal(status: ScenarioResult['status']): boolean {
  return status === 'PASSED' || status === 'SKIPPED'
}

function setOf<Value>(sets: Map<number, Set<Value>>, place: number): Set<Value> {
  const known = sets.get(place) ?? new Set<Value>()
  sets.set(place, known)
  return known
}
