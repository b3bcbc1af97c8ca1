import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ended, sessionOptions, started } from '../fixtures/session/kit.ts'
import { openSession, readJournal, recoverSession } from '../../src/session/index.ts'
import { ownJournal, type OwnRow } from './own-checker.ts'
import { eventually } from './poll.ts'
import { tornSession, type TornSession } from './torn-files.ts'
import { placesOf, type Share, type TornPlace } from './torn-places.ts'

/** Long ones and then short ones, more in all than what is at stake. */
const [LONG, SHORT] = [24, 20]
const LONG_TEXT = 'All that a model says. '.repeat(100)
/** Of what is wrong with one of them, so much is told. */
const MOST_CHARACTERS = 500
/** So many are completed side by side: much of the time is waiting for threads. */
const LANES = 6
const TELL_EVERY = 1_000

/** How many damaged sessions were looked at, and what was wrong. */
export interface Sweep {
  tried: number
  bad: string[]
}

interface SweepOptions {
  /** Every so many-th offset. */
  step: number
  first?: number
  share?: Share
  /** Called with a sentence now and then. */
  tell?: (sentence: string) => void
}

/** A session whose run has died: many results, two scenarios running. */
export async function diedSession(): Promise<TornSession> {
  // A file system in memory, where there is one: nothing here asks for the disk.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'jarvis-torn-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const session = await openSession(sessionOptions(join(folder, 'logs')))
  session.record({ type: 'domain_started', domain: 'llm' })
  const results = LONG + SHORT
  for (let number = 0; number < results; number += 1) {
    session.record(started(number))
    session.record(ended(number, number < LONG ? { output_text: LONG_TEXT } : {}))
    // oxlint-disable-next-line no-await-in-loop -- the JSON follows the journal
    if (number % 10 === 9) await session.settled()
  }
  for (const number of [results, results + 1]) session.record(started(number))
  await session.settled()
  await session.systemInfoWritten
  // The results follow the journal when there is time for it.
  await eventually(60_000, () => {
    if (resultsOf(session.directory) < results) throw new Error('the JSON lacks results')
  })
  const torn = tornSession(session.directory, join(folder, basename(session.directory)))
  await session.close({ status: 'PASSED' })
  return torn
}

function resultsOf(directory: string): number {
  const path = join(directory, 'llm.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as unknown[]).length : 0
}

/** Reads the journal, damaged at every `step`-th offset: just what stands whole before is told, and nothing fails. */
export async function readTorn(torn: TornSession, options: SweepOptions): Promise<Sweep> {
  const { tell = () => {} } = options
  const sweep: Sweep = { tried: 0, bad: [] }
  const places = placesOf(torn, ['events.jsonl'], options)
  for (const { name, offset, loss } of places) {
    torn.damage(name, offset, loss)
    const ids: string[] = []
    // oxlint-disable-next-line no-await-in-loop -- one directory
    for await (const entry of readJournal(torn.directory)) {
      if (entry.type === 'scenario_ended') ids.push(entry.result.id)
    }
    const wanted = torn.rowsBefore(offset).map(({ id }) => id)
    sweep.tried += 1
    // A line that lacks its line break alone is whole.
    const isSame = ids.slice(0, wanted.length).join() === wanted.join()
    if (!isSame || ids.length > wanted.length + 1) {
      sweep.bad.push(`${loss} at ${offset}: ${ids.length} results, ${wanted.length} are there`)
    }
    if (sweep.tried % TELL_EVERY === 0) tell(`${sweep.tried} of ${places.length} read`)
  }
  return sweep
}

/**
 * Completes the session with its journal or its JSON damaged at every `step`-th offset: while either holds a result it is
 * there afterwards. With the JSON gone as well, what stands whole in the journal is.
 */
export async function recoverTorn(torn: TornSession, options: SweepOptions): Promise<Sweep> {
  const { tell = () => {} } = options
  torn.damage('events.jsonl', torn.sizeOf('events.jsonl'), 'cut')
  const all = ownJournal(torn.directory, false).rows
  const places = placesOf(torn, ['events.jsonl', 'llm.json'], options)
  const counts: Record<string, number> = {}
  const sweep: Sweep = { tried: 0, bad: [] }
  const next = places.values()
  const lane = async (number: number): Promise<void> => {
    const own = torn.copyTo(`${torn.directory}_${number}`)
    for (const place of next) {
      // oxlint-disable-next-line no-await-in-loop -- one directory
      const problem = await completed(own, place, all)
      sweep.tried += 1
      counts[place.kind] = (counts[place.kind] ?? 0) + 1
      if (problem !== null) {
        sweep.bad.push(`${place.name}, ${place.loss} at ${place.offset}: ${problem}`)
        tell(sweep.bad.at(-1)!)
      }
      if (sweep.tried % TELL_EVERY === 0) {
        tell(`${sweep.tried} of ${places.length} completed: ${JSON.stringify(counts)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index + 1)))
  return sweep
}

/** What is wrong after the session was damaged and completed; null for nothing. */
async function completed(
  torn: TornSession,
  { name, offset, loss }: TornPlace,
  all: readonly OwnRow[],
): Promise<string | null> {
  torn.damage(name, offset, loss)
  // Of each offset either the one or the other loss.
  const isAlone = name === 'events.jsonl' && (offset % 2 === 0) === (loss === 'cut')
  if (isAlone) rmSync(join(torn.directory, 'llm.json'))
  try {
    await recoverSession(torn.directory, 'recovery')
    const problems = torn.problems(isAlone ? torn.rowsBefore(offset) : all)
    return problems.length === 0 ? null : problems.join('; ').slice(0, MOST_CHARACTERS)
  } catch (error) {
    return String(error)
  }
}
