import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type EventOf,
  foldEntry,
  type JournalEntry,
  newFold,
  type RunStatus,
  type SessionEvent,
} from '../../src/events/index.ts'
import type { HostIdentity } from '../../src/host/host-identity.ts'
import { NOTHING_WRITTEN, stateOf } from '../../src/session/projections/state.ts'
import { ended } from '../fixtures/session/kit.ts'
import { writeJournal } from './journal-file.ts'

const FAR: HostIdentity = { id: 'f'.repeat(32), name: 'far', boot: 'b', pid_namespace: null }

/** A session of one of three parts, by the second in which it began. */
export interface PartGiven {
  second: number
  index: number
  run?: string | null
  digest?: string
  end?: RunStatus
  /** How far the clock of its host is ahead, in hours. */
  ahead?: number
}

/** Events of a part with one result. */
export function eventsOfPart({
  second,
  index,
  run = '4711',
  digest = 'abcdef0123456789',
  end,
  ahead = 0,
}: PartGiven): JournalEntry[] {
  const time = new Date(Date.UTC(2026, 10, 29, 12 + ahead, 0, second)).toISOString()
  const began: EventOf<'run_started'> = {
    type: 'run_started',
    session: nameOfPart(second),
    kind: 'partial',
    plan: { name: 'Night', file: 'plans/night.yaml' },
    loadouts: [],
    pid: 4,
    process_start: 'never',
    host: FAR,
    command: 'vitest run',
    shard: { index, count: 3, digest, run },
  }
  const counts = { passed: 1, failed: 0, skipped: 0, missing: 0, interrupted: 0 }
  const events: SessionEvent[] = [began, ended(index)]
  if (end !== undefined) {
    events.push({ type: 'run_ended', status: end, counts, duration: 3, recorded_by: 'run' })
  }
  return events.map((event, at) => ({ ...event, seq: at + 1, time, check: '00000000' }))
}

/** The name of that session. */
export const nameOfPart = (second: number): string =>
  `RUN_20261129_1200${String(second).padStart(2, '0')}`

/** Writes a session of a part, on a host that is not this one. */
export function writePart(logs: string, given: PartGiven): string {
  const directory = join(logs, nameOfPart(given.second))
  mkdirSync(directory, { recursive: true })
  const entries = eventsOfPart(given)
  writeJournal(directory, entries)
  const fold = newFold(nameOfPart(given.second))
  for (const entry of entries) foldEntry(fold, entry)
  writeFileSync(join(directory, 'state.json'), JSON.stringify(stateOf(fold, NOTHING_WRITTEN)))
  return directory
}
