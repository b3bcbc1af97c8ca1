import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JournalEntry } from '../../src/events/index.ts'
import { cleanSessions, openSession, recoverSession } from '../../src/session/index.ts'
import { ended, sessionOptions, started } from '../fixtures/session/kit.ts'
import type { FaultKind, FsFault } from './fs-faults-preload.ts'
import { journalEntries, writeJournal } from './journal-file.ts'
import { makeOld } from './make-old.ts'
import { leftBeside, ownJournal, ownSessions, problemsOf, toldIn } from './own-checker.ts'
import { memoryFolder } from './recorded-session.ts'
import { cleanEnvironment } from './run.ts'
import type { SessionSweep } from './session-sweep.ts'

const WATCHDOG = fileURLToPath(new URL('../../dist/watchdog/main.js', import.meta.url))
const PRELOAD = new URL('fs-faults-preload.ts', import.meta.url).href
/** Beyond all that there are. */
const GONE = { pid: 2 ** 22 + 1, process_start: 'gone' }
/** What was running when it died counts as one. */
const ROWS = 4
/** The order of calls differs a little from time to time: so many more than were seen are tried. */
const MORE = 3

interface Work {
  signal: NodeJS.Signals | null
  calls: string[]
}

/**
 * Lets a watchdog complete the session of a run that died, and ends it with SIGKILL at each `step`-th of its file-system
 * calls: before it, after it, and half-written. The next start completes what it left.
 */
export async function killWatchdogs({ step = 1, first = 1, lanes = 2 } = {}): Promise<
  SessionSweep & { met: number }
> {
  const folder = memoryFolder()
  const master = join(folder, 'master')
  await diedSession(master)
  const { calls } = await watchdogAt(join(folder, 'all'), master, { at: 0, kind: 'before' })
  const sites: Site[] = []
  for (let at = first; at <= calls.length + MORE; at += step) {
    sites.push({ at, kind: 'before' }, { at, kind: 'after' })
    if (/^\d+ \d+ (?:write|append)/.test(calls[at - 1] ?? '')) sites.push({ at, kind: 'half' })
  }
  const sweep = { calls: calls.length, tried: 0, met: 0, bad: [] as string[] }
  const next = sites[Symbol.iterator]()
  const one = async (lane: number): Promise<void> => {
    for (let site = next.next(); site.done !== true; site = next.next()) {
      const place = join(folder, `lane-${lane}`)
      // oxlint-disable-next-line no-await-in-loop -- a lane is one after the other
      const { signal, calls: hit } = await watchdogAt(place, master, site.value)
      sweep.tried += 1
      if (signal === 'SIGKILL') sweep.met += 1
      // oxlint-disable-next-line no-await-in-loop -- see above
      const problems = await problemsLater(join(place, 'logs'))
      if (problems.length === 0) continue
      sweep.bad.push(`${JSON.stringify(site.value)} ${hit.join(', ')}: ${problems.join('; ')}`)
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => one(lane)))
  return sweep
}

interface Site {
  at: number
  kind: FaultKind
}

/** A session with results, a scenario that was running, and no process. */
async function diedSession(logs: string): Promise<void> {
  const session = await openSession(sessionOptions(`${logs}-written`))
  session.record({ type: 'domain_started', domain: 'llm' })
  for (const number of [0, 1, 2, 3]) session.record(started(number))
  for (const number of [0, 1, 2]) session.record(ended(number))
  await session.settled()
  await session.systemInfoWritten
  const copy = join(logs, basename(session.directory))
  cpSync(session.directory, copy, { recursive: true })
  await session.close({ status: 'PASSED' })
  const [first, ...entries] = journalEntries(copy)
  writeJournal(copy, [{ ...first, ...GONE } as JournalEntry, ...entries])
  const state = join(copy, 'state.json')
  writeFileSync(state, JSON.stringify({ ...JSON.parse(readFileSync(state, 'utf8')), ...GONE }))
}

async function watchdogAt(place: string, master: string, { at, kind }: Site): Promise<Work> {
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  const [logs, log] = [join(place, 'logs'), join(place, 'calls')]
  cpSync(master, logs, { recursive: true })
  const fault: FsFault = { under: [logs], role: 'watchdog', at, kind, log }
  const child = spawn(process.execPath, [WATCHDOG], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {
      ...cleanEnvironment(),
      FS_FAULT: JSON.stringify(fault),
      NODE_OPTIONS: `--import=${PRELOAD}`,
    },
  })
  const gone = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const session = join(logs, ownSessions(logs)[0]!)
  child.stdin.end(`${JSON.stringify({ type: 'attach', session })}\n`)
  const [, signal] = await gone
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []
  return { signal, calls }
}

/** What is wrong with what a watchdog left, at once and once the next start, an hour later, has completed it. */
async function problemsLater(logs: string): Promise<string[]> {
  const [name] = ownSessions(logs)
  if (name === undefined) return ['no session is there']
  const directory = join(logs, name)
  const told = toldIn(readFileSync(join(directory, 'progression.log'), 'utf8'))
  const before = problemsOf(directory, { told, isOver: false })
  await recoverSession(directory, 'recovery')
  makeOld(logs)
  await cleanSessions(logs)
  const { rows } = ownJournal(directory, true)
  const ids = new Set(rows.map(({ id }) => id))
  return [
    ...before.map((one) => `at once: ${one}`),
    ...problemsOf(directory, { told, isOver: true }),
    ...leftBeside(logs, join(logs, 'none')),
    ...(rows.length === ROWS && ids.size === ROWS ? [] : [`it has ${rows.length} results`]),
  ]
}
