import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ended, sessionOptions, started } from '../fixtures/session/kit.ts'
import { openSession, readJournal, recoverSession } from '../../src/session/index.ts'
import { ownJournal } from './own-checker.ts'
import { eventually } from './poll.ts'
import { AT_STAKE_BYTES, type Loss, tornSession, type TornSession } from './torn-files.ts'

/** Results enough for more than what is at stake. */
const RESULTS = 90
/** Of what is wrong with one of them, so much is told. */
const MOST_CHARACTERS = 500
const LOSSES: Loss[] = ['cut', 'zeros']

/** How many damaged sessions were looked at, and what was wrong. */
export interface Sweep {
  tried: number
  bad: string[]
}

/** A session whose run has died: many results, two scenarios running. */
export async function diedSession(): Promise<TornSession> {
  // A file system in memory, where there is one: nothing here asks for the disk.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'jarvis-torn-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const session = await openSession(sessionOptions(join(folder, 'logs')))
  session.record({ type: 'domain_started', domain: 'llm' })
  for (let number = 0; number < RESULTS; number += 1) {
    session.record(started(number))
    session.record(ended(number))
    // oxlint-disable-next-line no-await-in-loop -- the JSON follows the journal
    if (number % 10 === 9) await session.settled()
  }
  for (const number of [RESULTS, RESULTS + 1]) session.record(started(number))
  await session.settled()
  await session.systemInfoWritten
  // The results follow the journal when there is time for it.
  await eventually(60_000, () => {
    if (resultsOf(session.directory) < RESULTS) throw new Error('the JSON lacks results')
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
export async function readTorn(torn: TornSession, step: number, first = 0): Promise<Sweep> {
  const sweep: Sweep = { tried: 0, bad: [] }
  for (const { name, offset, loss } of places(torn, ['events.jsonl'], step, first)) {
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
  }
  return sweep
}

/**
 * Completes the session with its journal or its JSON damaged at every `step`-th offset: while either holds a result it is
 * there afterwards. With the JSON gone as well, what stands whole in the journal is.
 */
export async function recoverTorn(torn: TornSession, step: number, first = 0): Promise<Sweep> {
  const sweep: Sweep = { tried: 0, bad: [] }
  torn.damage('events.jsonl', torn.sizeOf('events.jsonl'), 'cut')
  const all = ownJournal(torn.directory, false).rows
  for (const { name, offset, loss } of places(torn, ['events.jsonl', 'llm.json'], step, first)) {
    torn.damage(name, offset, loss)
    const isAlone = name === 'events.jsonl' && sweep.tried % 2 === 1
    if (isAlone) rmSync(join(torn.directory, 'llm.json'))
    sweep.tried += 1
    try {
      // oxlint-disable-next-line no-await-in-loop -- one directory
      await recoverSession(torn.directory, 'recovery')
      const problems = torn.problems(isAlone ? torn.rowsBefore(offset) : all)
      if (problems.length > 0)
        sweep.bad.push(
          `${name}, ${loss} at ${offset}: ${problems.join('; ').slice(0, MOST_CHARACTERS)}`,
        )
    } catch (error) {
      sweep.bad.push(`${name}, ${loss} at ${offset}: ${String(error)}`)
    }
  }
  return sweep
}

function* places(
  torn: TornSession,
  names: readonly string[],
  step: number,
  first: number,
): Generator<{ name: string; offset: number; loss: Loss }> {
  for (const name of names) {
    const size = torn.sizeOf(name)
    for (let offset = Math.max(0, size - AT_STAKE_BYTES) + first; offset < size; offset += step) {
      for (const loss of LOSSES) yield { name, offset, loss }
    }
  }
}
