import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError } from '../../errors.ts'
import type { Domain, EventOf, RunFold, RunStatus, ScenarioResult } from '../../events/index.ts'
import { interruptedResult } from '../../events/interrupted-result.ts'
import { LOG_NOTES } from '../../events/log-note.ts'
import { replaceFile } from '../../host/durable-file.ts'
import { isThere } from '../../host/is-there.ts'
import { localIso } from '../../host/local-time.ts'
import { absentRows } from '../judgement.ts'
import { AppendFile } from '../journal/append-file.ts'
import { journalName } from '../journal/journal-files.ts'
import type { JournalTail } from '../journal/journal-reader.ts'
import { JournalWriter } from '../journal/journal-writer.ts'
import {
  type Elsewhere,
  elsewhereOf,
  elsewhereText,
  lifeOfRun,
  mayLive,
  sharesProcesses,
} from '../lock/life.ts'
import { holdLock } from '../lock/hold-lock.ts'
import { addRow, type JournalScan, note, scanJournal } from '../projections/journal-scan.ts'
import { type SessionState, stateOf } from '../projections/state.ts'
import { readState } from '../projections/state-file.ts'
import { SyncedFiles } from '../projections/synced-files.ts'
import { knowByName } from '../run-secrets.ts'
import { type IncompleteSession, incompleteSessions, startedState } from './dead-sessions.ts'
import { removeLeftovers, removeUnkept } from './leftovers.ts'
import { completeDomains, type DomainRecovery } from './domain-recovery.ts'
import { ProgressionRecovery } from './progression-recovery.ts'
import { removeUnbegun } from './never-begun.ts'
import { domainsWithFile, resultsOnlyInJson } from './rows-in-json.ts'
import { isStoryShort } from './short-story.ts'
import { StoryMending } from './story-mending.ts'
import { TelemetryRecovery } from './telemetry-recovery.ts'

/** What completes the story. */
type Story = Pick<ProgressionRecovery, 'take' | 'add' | 'complete'>

/** How long another recovery of the same session is waited for, in seconds. */
const RECOVERY_PATIENCE_S = 60
/**
 * A process that was just killed may take this long to be gone. A watchdog is told of that by a pipe that the run lets go
 * only as it ends, and nobody else is there to do its work: on a machine where a run gets no time, it takes longer.
 */
const DYING_MS = { watchdog: 10 * 60_000, recovery: 2_000 } as const
const DYING_PAUSE_MS = 20
/** From the time on that it takes on other machines. */
const LONG_PAUSE_MS = 250

/**
 * Completes the directory of a run that died: every result that the journal holds is in its `{domain}.json`,
 * what was running is INTERRUPTED, and journal, log and state say how it ended. Doing it again changes nothing.
 * One of another host is completed only where that was asked for, and once nothing has been heard of it for a while.
 * `mend`: also what is made of the journal and was changed since is made anew.
 *
 * @throws JarvisError RUN_LOCKED when the run is still going, or is another host's
 */
export async function recoverSession(
  directory: string,
  recordedBy: 'watchdog' | 'recovery',
  { evenOfAnotherHost = false, mend = false } = {},
): Promise<void> {
  const begun = (await readState(directory)) ?? (await startedState(directory))
  if (begun === null && (await removeUnbegun(directory, DYING_MS[recordedBy]))) return
  if (!(await hasJournal(directory))) return
  if (begun !== null) {
    await waitForEnd(directory, begun, { evenOfAnotherHost, patienceMs: DYING_MS[recordedBy] })
  }
  // As the run left it.
  const known = await readState(directory)
  const path = join(directory, 'recovery.lock')
  const wait = { session: directory, wait: RECOVERY_PATIENCE_S }
  const lock = await holdLock(path, wait, ({ pid }) => inUse(directory, `in use by pid ${pid}`))
  try {
    const log = mend
      ? await StoryMending.open(directory)
      : await ProgressionRecovery.open(directory, known?.progression ?? null)
    const telemetry = await TelemetryRecovery.open(directory)
    let isDamaged = false
    const scan = await scanJournal(directory, {
      onEntry(entry) {
        log.take(entry)
        telemetry.take(entry)
      },
      onDamage: () => void (isDamaged = true),
    })
    const wasEnded = scan.run.end !== null
    if (!wasEnded && scan.tail !== null) {
      await recordEnd(directory, { scan, tail: scan.tail, log }, recordedBy)
      // What ran when it died may stand beside what an earlier part has of it.
      if (scan.run.resumed !== null) scan.rows = (await scanJournal(directory)).rows
    }
    const domains = { wasEnded, mend, isDamaged }
    await writeFiles(directory, { scan, log, telemetry, domains })
    await rm(join(directory, LOG_NOTES), { force: true })
    await removeUnkept(directory)
  } finally {
    lock.release()
  }
  await removeLeftovers(directory)
}

/**
 * Completes the newest sessions under `logs` that need it: those whose state says that they run and whose process is
 * gone, and those that had ended and lost a part of their story to a power cut. Returns them. One that cannot be
 * completed is left for the next time.
 */
export async function recoverDeadSessions(logs: string): Promise<IncompleteSession[]> {
  const recovered: IncompleteSession[] = []
  for (const session of await incompleteSessions(logs)) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- few, and each may write a lot
      await recoverSession(session.directory, 'recovery')
      recovered.push(session)
    } catch {
      // Its disk may be full or its files another user's: no reason not to start.
    }
  }
  return recovered
}

/**
 * Completes the story and the telemetry of a run that is over, where they lack what its journal has. Returns whether
 * they did.
 *
 * @throws what keeps them from being written
 */
export async function completeStory(directory: string): Promise<boolean> {
  const state = await readState(directory)
  if (state === null || !(await isStoryShort(directory, state))) return false
  await recoverSession(directory, 'recovery')
  return true
}

/** The state comes last, as it says that all is there: without the results the next one tries again. */
async function writeFiles(
  directory: string,
  known: {
    scan: JournalScan
    log: Story
    telemetry: TelemetryRecovery
    domains: DomainRecovery
  },
): Promise<void> {
  const { scan, log, telemetry, domains } = known
  await completeDomains(directory, scan.rows, domains)
  // What a journal has lost of a run that had ended stands there alone.
  if (domains.wasEnded && domains.isDamaged) return
  const written = await Promise.allSettled([log.complete(), telemetry.complete()])
  const synced = new SyncedFiles(directory, () => {})
  const { redact_logs, secrets = [] } = scan.run.begin?.plan ?? {}
  if (redact_logs) {
    knowByName(secrets)
    synced.blackOut()
  }
  await synced.sync()
  const { seq, bytes } = scan.tail ?? { seq: 0, bytes: 0 }
  const [story, table] = written
  const state = stateOf(scan.run, {
    journal: { seq, bytes },
    progression: story.status === 'fulfilled' ? story.value : { seq: 0, bytes: 0 },
    telemetry: { bytes: table.status === 'fulfilled' ? table.value : 0 },
  })
  await replaceFile(join(directory, 'state.json'), `${JSON.stringify(state, null, 2)}\n`)
  const failed = written.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function waitForEnd(
  directory: string,
  state: SessionState,
  { evenOfAnotherHost, patienceMs }: { evenOfAnotherHost: boolean; patienceMs: number },
): Promise<void> {
  if (state.status !== 'running') return
  const begun = performance.now()
  for (let life = lifeOfRun(directory, state); ; life = lifeOfRun(directory, state)) {
    const elsewhere = elsewhereOf(life)
    if (elsewhere !== null && !(evenOfAnotherHost && elsewhere.alive === false)) {
      throw elsewhere.alive === false
        ? ofAnotherHost(directory, elsewhere)
        : inUse(directory, elsewhereText(elsewhere))
    }
    const isOurs = elsewhere === null && sharesProcesses(state.host) && state.pid === process.pid
    if (isOurs || !mayLive(life)) return
    const waited = performance.now() - begun
    if (waited > patienceMs) throw inUse(directory, `in use by pid ${state.pid}`)
    // oxlint-disable-next-line no-await-in-loop -- waits for the process to be gone
    await sleep(waited > DYING_MS.recovery ? LONG_PAUSE_MS : DYING_PAUSE_MS)
  }
}

function inUse(directory: string, how: string): JarvisError {
  const what = `${basename(directory)} is ${how}`
  return new JarvisError('RUN_LOCKED', `${what}: wait for it or stop it, then try again.`)
}

function ofAnotherHost(directory: string, elsewhere: Elsewhere): JarvisError {
  const name = basename(directory)
  const what = `${name} is another host's, ${elsewhereText(elsewhere)}`
  return new JarvisError('RUN_LOCKED', `${what}. Once that run is dead: jarvis recover ${name}`)
}

async function recordEnd(
  directory: string,
  known: { scan: JournalScan; tail: JournalTail; log: Story },
  recordedBy: 'watchdog' | 'recovery',
): Promise<void> {
  const { scan, tail, log } = known
  const bytes = await finishLastLine(directory, tail)
  let failure: unknown = null
  const writer = await JournalWriter.open(
    directory,
    {
      async committed(batch) {
        for (const { entry, row } of batch) {
          note(scan, entry)
          log.add(entry)
          if (entry.type === 'scenario_ended' && row !== null) addRow(scan, entry.domain, row)
        }
      },
      failed: (error) => void (failure = error),
      resumed: () => void (failure = null),
      lost: () => {},
    },
    { ...tail, bytes },
  )
  const now = localIso(new Date())
  const { run } = scan
  const end = died(run, recordedBy)
  for (const [domain, results] of await lackingResults(directory, scan)) {
    const message = thereAgain(domain, results.length)
    writer.append({ type: 'note', level: 'WARN', message }, now)
    for (const result of results) writer.append({ type: 'scenario_ended', domain, result }, now)
  }
  await writer.settled()
  for (const started of run.running.values()) {
    const result = interruptedResult(started)
    writer.append({ type: 'scenario_ended', domain: started.domain, result }, now)
  }
  await writer.settled()
  const absent = absentRows(run, recordedBy)
  writer.append({ ...end, counts: { ...run.counts }, expected: run.expected, absent }, now)
  await writer.close()
  scan.tail = { ...tail, ...writer.end, terminated: true }
  if (failure !== null) throw failure
}

function thereAgain(domain: Domain, results: number): string {
  const [what, verb] = results === 1 ? ['A result', 'stands'] : [`${results} results`, 'stand']
  return `${what} of ${domain}.json, which the damaged journal lacked, ${verb} there again`
}

/** The results that files of results alone still hold, by domain. */
async function lackingResults(
  directory: string,
  { rows }: JournalScan,
): Promise<[Domain, ScenarioResult[]][]> {
  const domains = await domainsWithFile(directory)
  const found = domains.map(async (domain): Promise<[Domain, ScenarioResult[]]> => [
    domain,
    await resultsOnlyInJson(directory, domain, rows.get(domain) ?? []),
  ])
  return (await Promise.all(found)).filter(([, results]) => results.length > 0)
}

/** A last line that is whole but for its line break gets it. Returns the bytes up to its end. */
async function finishLastLine(directory: string, tail: JournalTail): Promise<number> {
  if (tail.terminated) return tail.bytes
  const file = await AppendFile.open(join(directory, journalName(tail.file)), tail.bytes)
  try {
    await file.append(Buffer.from('\n'), { sync: true })
    return file.size
  } finally {
    await file.close()
  }
}

function died(
  { firstAt, lastAt, elapsed }: RunFold,
  recorded_by: 'watchdog' | 'recovery',
): Omit<EventOf<'run_ended'>, 'counts'> {
  const status: RunStatus = 'DIED'
  // Until the last sign of life: nobody knows how long it went on after that.
  const byClock = firstAt === null || lastAt === null ? 0 : Date.parse(lastAt) - Date.parse(firstAt)
  const duration = elapsed ?? Math.max(0, byClock) / 1_000
  return { type: 'run_ended', status, duration, recorded_by }
}

function hasJournal(directory: string): Promise<boolean> {
  return isThere(join(directory, journalName(1)))
}
