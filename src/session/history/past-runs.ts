import { stat } from 'node:fs/promises'
import { foldEntry, loadoutKey, newFold, timeInAll } from '../../events/index.ts'
import { journalFiles } from '../journal/journal-files.ts'
import { readJournal } from '../journal/journal-reader.ts'
import type { SessionState } from '../projections/state.ts'
import { readState } from '../projections/state-file.ts'
import { sessionsByTime } from '../sessions-by-time.ts'

/** How long things took in earlier runs, in seconds; the newest run that knows a thing wins. */
export interface PastRuns {
  /** Of scenarios, by the id of their rows. */
  scenarios: Map<string, PastScenario>
  /** Of loadouts, by {@link loadoutKey}. */
  loadouts: Map<string, PastLoadout>
}

export interface PastScenario {
  /** As {@link loadoutKey} names it. */
  loadout: string
  /** Path from the project's root. */
  file: string
  duration: number
}

export interface PastLoadout {
  setup: number | null
  run: number | null
  cleanup: number | null
}

/** So many of the newest sessions are asked what they were. */
const NEWEST_SESSIONS = 20
/** So many of them are read. */
const MOST_SESSIONS = 3
/** All journals that are read, together. */
const MOST_BYTES = 16 * 1024 * 1024

/**
 * What the newest runs of whole plans under `logs` that had one of these loadouts took. The cost is bounded:
 * few sessions, and no journals beyond some megabytes.
 *
 * @param current - name of the session that runs, which is not an earlier one
 */
export async function readPastRuns(
  logs: string,
  current: string,
  loadouts: ReadonlySet<string>,
): Promise<PastRuns> {
  const past: PastRuns = { scenarios: new Map(), loadouts: new Map() }
  const places = await sessionsByTime(logs)
  const own = places.findIndex(({ name }) => name === current)
  const earlier = places
    .slice(0, own === -1 ? places.length : own)
    .slice(-NEWEST_SESSIONS)
    .toReversed()
  let [read, bytes] = [0, 0]
  for (const { directory } of earlier) {
    // oxlint-disable-next-line no-await-in-loop -- what the newer ones know is not asked of the older ones
    const state = await readState(directory).catch(() => null)
    if (state === null || !isUseful(state, loadouts)) continue
    // oxlint-disable-next-line no-await-in-loop
    bytes += await journalBytes(directory)
    if (bytes > MOST_BYTES) break
    // oxlint-disable-next-line no-await-in-loop
    await addSession(past, directory, loadouts).catch(() => undefined)
    read += 1
    if (read === MOST_SESSIONS) break
  }
  return past
}

function isUseful(state: SessionState, loadouts: ReadonlySet<string>): boolean {
  if (state.kind !== 'plan' || state.status === 'running') return false
  return state.loadouts.some((each) => each.done > 0 && loadouts.has(loadoutKey(each)))
}

async function journalBytes(directory: string): Promise<number> {
  const files = await journalFiles(directory)
  const sizes = await Promise.all(
    files.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function addSession(
  past: PastRuns,
  directory: string,
  wanted: ReadonlySet<string>,
): Promise<void> {
  const fold = newFold('')
  for await (const entry of readJournal(directory)) {
    foldEntry(fold, entry)
    if (entry.type !== 'scenario_ended') continue
    const { id, file, status, duration } = entry.result
    const loadout = loadoutKey(entry.result)
    const ran = status === 'PASSED' || status === 'FAILED' || status === 'SKIPPED'
    if (!ran || !wanted.has(loadout) || past.scenarios.has(id)) continue
    past.scenarios.set(id, { loadout, file, duration: duration ?? 0 })
  }
  for (const view of fold.loadouts) {
    const key = loadoutKey(view)
    if (view.readyAt === null || !wanted.has(key) || past.loadouts.has(key)) continue
    const { setupTime: setup, cleanupTime: cleanup } = view
    // What ran in two parts ran as long as both; of one that died nobody knows how long.
    const spells = [...(view.earlier ?? []), view]
    const isKnown = spells.every(({ runTime }) => runTime !== null)
    const run = isKnown ? timeInAll(view, 'runTime') : null
    past.loadouts.set(key, { setup, run, cleanup })
  }
}
