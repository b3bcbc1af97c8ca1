import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import {
  type CauseFold,
  causesByCount,
  type Counts,
  type EventOf,
  type ImportedFrom,
  type RunStatus,
  type SessionEvent,
  type ShardOf,
} from '../events/index.ts'
import { folderSyncRefusal } from '../host/durable-file.ts'
import { localClock, localIso } from '../host/local-time.ts'
import { createSessionDirectory, hasBegun, unwritable } from './directory.ts'
import { Faults } from './faults.ts'
import { journalName } from './journal/journal-files.ts'
import { readLines } from './journal/journal-reader.ts'
import { JournalWriter } from './journal/journal-writer.ts'
import { absentRows } from './judgement.ts'
import type { SessionJudgement } from '../events/index.ts'
import { updateLatestLink } from './latest-link.ts'
import { ownProcess } from './lock/own-process.ts'
import { machineNews, type UsedGpu, withUse } from './machine/machine-news.ts'
import { SYSTEM_FILE, type SystemFile, writeSystemFile } from './machine/system-file.ts'
import { type SystemFacts, UNKNOWN_FACTS } from './machine/system-facts.ts'
import { collectSystemInfo, knownSystemInfo } from './machine/system-info.ts'
import { progressionLine } from './projections/progression.ts'
import { scanJournal } from './projections/journal-scan.ts'
import { type OnCommitted, Projections } from './projections/projections.ts'
import type { MergedOptions, ToldBefore } from './merged-options.ts'
import { SessionKeeper } from './place/session-keeper.ts'
import { removeOwn, removeUnkept } from './recovery/leftovers.ts'
import { redact } from './redact.ts'
import {
  elapsedBefore,
  OpeningAgain,
  resumedEvent,
  type ResumeOptions,
} from './resume/opening-again.ts'
import { StandingCounts } from './resume/standing-counts.ts'

/** How much longer a session that ends waits for the facts about its machine. */
const LAST_WAIT_FOR_FACTS_MS = 1_000
const GONE_AT_END =
  'The folder of this session was removed or moved as the run ended: what it held is not at its place'

export interface SessionOptions {
  /** Absolute path of the folder of all sessions. */
  logs: string
  /** Absolute path of the project. */
  root: string
  /** The whole plan, or what a filter left of it. */
  kind: 'plan' | 'partial'
  plan: {
    name: string
    file: string
    text: string
    sha256: string
    servicesSha256?: string | null
    secrets?: readonly string[]
  }
  /** Values that are secret are blacked out in the logs of services as well. @default false */
  redactLogs?: boolean
  loadouts: EventOf<'run_started'>['loadouts']
  /** Another runner ran it: where from, and what that one knew of its machine. */
  imported?: ImportedFrom & { facts: SystemFacts; engines: Record<string, string | null> }
  /** It is made of the parts of a divided plan: what it has in place of facts of this machine and process. */
  merged?: MergedOptions
  /** The command line that started the run. */
  command: string
  /** Versions of the engines that the plan names, for `system_info.yaml`. */
  engines?: Promise<Record<string, string | null>>
  /** @default () => new Date() */
  now?: () => Date
  /** Milliseconds of a clock that nobody sets. @default () => performance.now() */
  steady?: () => number
  /** Called as soon as the session has its directory: whoever completes it should the run die must know it. */
  onDirectory?: (directory: string) => void
  /** Called with each batch of events and its lines of `progression.log`, only once it is durable. */
  onCommitted?: OnCommitted
  /** Called with a sentence when an artifact could not be written for the first time. */
  onFault?: (sentence: string) => void
  /** The run that died or was cancelled and goes on now, in the directory that it has. */
  resume?: ResumeOptions
  /** Name of the session before, which died and can be resumed. */
  diedBefore?: string | null
  /** Which part of a divided plan it is. */
  shard?: ShardOf | null
  /** The GPUs that it uses. @default all */
  gpus?: readonly UsedGpu[] | null
}

/** How a session ended. */
export interface SessionEnd {
  counts: Counts
  /** Seconds. */
  duration: number
  /** What kept results from passing, those with most of them first. */
  causes: readonly CauseFold[]
  /** What the session is as a record of its run. */
  judgement: SessionJudgement
  /** Sentences about artifacts that could not be written. */
  faults: string[]
}

/** A session that is going on: the only writer of its directory. */
export interface Session {
  /** Name of the directory. */
  readonly id: string
  /** Absolute path. */
  readonly directory: string
  /** Where it is, absolute: elsewhere once somebody has moved it, while its old path leads there. */
  readonly place: string
  /** Absolute path of the folder for files that scenarios keep. */
  readonly attachments: string
  /** Resolves when `system_info.yaml` holds all that is known by now, or could not be written; never rejects. */
  readonly systemInfoWritten: Promise<void>
  /** What could not be written, as sentences. */
  readonly faults: readonly string[]
  /** Bytes of events that are not yet durable, for back-pressure. */
  readonly pendingBytes: number
  /** Takes an event. Costs microseconds, never throws and never waits. */
  record(event: SessionEvent, before?: ToldBefore): void
  /** Resolves once all that was recorded is durable and shown, or could not be written. */
  settled(): Promise<void>
  /** Records the end and completes every artifact. `duration` is in seconds. A second call gives the first's. */
  close(end: {
    status: RunStatus
    recorded_by?: EventOf<'run_ended'>['recorded_by']
  }): Promise<SessionEnd>
  /** Nobody needs the session at its old path any more, where it was moved. */
  release(): void
}

/**
 * Makes the session's directory, begins its journal and starts to collect the facts about its machine.
 *
 * @throws JarvisError SESSION_UNWRITABLE
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const now = options.now ?? (() => new Date())
  const started = now()
  const steady = options.steady ?? (() => performance.now())
  const begun = steady()
  const { resume } = options
  // What a run took is the sum of what its parts took.
  const before = resume === undefined ? 0 : elapsedBefore(resume.point)
  const elapsed = (): number => Math.round(before * 1_000 + steady() - begun) / 1_000
  const opening = resume && (await OpeningAgain.begin(resume.point))
  if (opening !== undefined) options.onDirectory?.(opening.place.directory)
  const named = options.merged?.name
  const place =
    opening?.place ??
    (await createSessionDirectory(options.logs, started, options.onDirectory, named))
  const { id, directory, attachments } = place
  const projections = new Projections(directory, options.onCommitted, resume?.point)
  if (options.redactLogs) projections.blackOutLogs()
  if (resume !== undefined) await tellHistory(directory, options.onCommitted)
  const counts = new StandingCounts(resume)
  const lost = { results: 0, events: 0 }

  const faults = new Faults((sentence) => {
    const line = progressionLine(localClock(now()), 'ERROR', `Error: ${sentence}`)
    void projections.log.append([line])
    options.onFault?.(sentence)
  })
  projections.onFault = (artifact, error, consequence) => faults.add(artifact, error, consequence)
  let firstError: unknown = null
  const writer: JournalWriter = await JournalWriter.open(
    directory,
    {
      committed: (batch) => projections.committed(batch, writer.end.bytes),
      failed(error) {
        firstError ??= error
        const consequence = 'the run goes on, and what it could not write is tried again'
        faults.add('events.jsonl', error, consequence)
      },
      resumed: () =>
        record({ type: 'note', level: 'WARN', message: 'events.jsonl is written again' }),
      lost(event) {
        if (event.type === 'scenario_ended') lost.results += 1
        else lost.events += 1
        const what = `${lost.results} results and ${lost.events} other events`
        faults.set('lost', `${what} are lost, as events.jsonl could not be written`)
      },
    },
    opening?.at,
  ).catch(async (error: unknown) => {
    if (opening === undefined) await removeOwn(directory)
    else await opening.giveUp()
    throw unwritable(options.logs, error)
  })

  let closed = false
  let system: SystemFile | null = null
  const record = (event: SessionEvent, before?: ToldBefore, at = elapsed()): void => {
    if (closed) return
    try {
      const clean = redact(event)
      if (before === undefined) writer.append(clean, localIso(now()), at)
      else writer.append(clean, before.time, before.elapsed, before.part)
      if (clean.type === 'scenario_ended') counts.add(clean.result)
      if (clean.type === 'file_ended') counts.fileEnded(clean)
      if (clean.type === 'model_ready' && before === undefined) {
        const { model, engines, memory_share: share } = clean
        const shares = share === undefined ? {} : { [model]: share }
        if (engines !== undefined || share !== undefined) system?.told(engines ?? {}, shares)
      }
    } catch (error) {
      faults.add(`an event (${event.type})`, error, 'it is left out')
    }
  }

  const { kind, plan, loadouts, command, imported, merged } = options
  const isRun = imported === undefined && merged === undefined
  const isLatest = kind === 'plan' && isRun && resume === undefined
  const keeper = new SessionKeeper({
    directory,
    writer,
    restoreOpen: () => projections.restoreOpen(),
    restoreClosed: async () => [
      ...(await projections.restoreClosed()),
      ...((await system?.restore()) ?? []),
    ],
    missing: () => projections.missing(),
    onMoved(folder) {
      if (isLatest) updateLatestLink(options.logs, relative(options.logs, folder))
    },
    warn: (message) => record({ type: 'note', level: 'WARN', message }),
    fault: (key, sentence) => faults.set(key, sentence),
  })
  projections.onGone = () => keeper.check()
  const { pid, start: process_start, host } = ownProcess()
  const { name, file, secrets = [] } = plan
  const told = {
    name,
    file,
    ...(secrets.length > 0 && { secrets: [...secrets] }),
    ...(options.redactLogs && { redact_logs: true }),
  }
  const own = merged?.begin ?? { pid, process_start, host }
  const run = { session: id, kind, plan: told, loadouts, ...own }
  const origin = imported && { imported: { from: imported.from, digest: imported.digest } }
  if (resume === undefined) {
    const { diedBefore = null, shard = null } = options
    const died = diedBefore === null ? {} : { died_before: diedBefore }
    const part = shard === null ? {} : { shard }
    record({
      type: 'run_started',
      ...run,
      command,
      ...origin,
      plan_sha256: plan.sha256,
      ...died,
      ...part,
      ...(merged && { merged: merged.of }),
    })
  } else {
    record(resumedEvent(resume, { session: id, pid, process_start, host, command }))
  }
  // A run that goes on has told of its machine, unless it died before it could.
  const isTold = resume !== undefined && existsSync(join(directory, SYSTEM_FILE))
  const { gpus: used = null } = options
  const isOfPart = (resume?.point.run.begin?.shard ?? options.shard ?? null) !== null
  const isWanted = !isTold || isOfPart || used !== null
  const collected = !isWanted
    ? null
    : isRun
      ? collectSystemInfo({ root: options.root, logs: options.logs }, options.engines)
      : knownSystemInfo(knownFacts(options), (imported ?? merged)?.engines ?? {})
  const known = collected?.facts.then((facts) => {
    const news = machineNews(facts, { used, isTold: isOfPart || used !== null })
    for (const event of news) record(event)
    return { ...facts, gpus: withUse(facts.gpus, used) }
  })
  const info = isTold || !collected || !known ? null : { ...collected, facts: known }
  const startTime = resume?.point.run.begin?.time ?? localIso(started)
  const subject = { session: id, startTime, command, plan, ...(merged && { ran: merged.runtime }) }
  system =
    info &&
    writeSystemFile(directory, info, subject, (error) => {
      faults.add('system_info.yaml', error, 'the session says nothing about its machine')
      record({ type: 'note', level: 'WARN', message: 'system_info.yaml could not be written' })
    })
  await writer.settled()
  if (firstError !== null) {
    closed = true
    keeper.stop()
    collected?.hurry(0)
    await Promise.all([writer.close(), projections.close(), system?.written, known])
    if (opening === undefined) await removeOwn(directory)
    else await opening.giveUp()
    throw unwritable(options.logs, firstError)
  }
  hasBegun(directory)
  const refusal = folderSyncRefusal()
  if (refusal !== null) record({ type: 'note', level: 'WARN', message: unsynced(refusal) })
  await keeper.begin()
  await projections.writeState()
  opening?.done()
  if (isLatest) updateLatestLink(options.logs, id)

  let ending: ReturnType<Session['close']> | null = null
  const end: Session['close'] = async ({ status, recorded_by = 'run' }) => {
    collected?.hurry(LAST_WAIT_FOR_FACTS_MS)
    await Promise.all([system?.written, known])
    await writer.settled()
    await keeper.finish()
    await writer.settled()
    const { expected } = projections.run
    const absent = absentRows(projections.run, recorded_by)
    const told = { expected, absent, ...(lost.results + lost.events > 0 && { lost: { ...lost } }) }
    const duration = elapsed()
    const last = {
      type: 'run_ended',
      status,
      counts: counts.now,
      duration,
      recorded_by,
      ...told,
    } as const
    record(last, undefined, duration)
    closed = true
    await writer.close()
    if (projections.run.end === null) await projections.endUnwritten(last, localIso(now()))
    await projections.close()
    await removeUnkept(directory)
    // Somebody may have moved the folder at the very beginning.
    hasBegun(directory)
    // Nobody looks after it any more from its last event on.
    if (!existsSync(join(keeper.place, journalName(1)))) faults.set('gone', GONE_AT_END)
    // What was counted and taken back again may have been the first of its cause.
    const { run: ended } = resume === undefined ? projections : await scanJournal(directory)
    const causes = causesByCount(ended.causes.values())
    const judgement = projections.judge()
    return { counts: counts.now, duration, causes, judgement, faults: faults.list }
  }

  return {
    id,
    directory,
    get place() {
      return keeper.place
    },
    attachments,
    get systemInfoWritten() {
      return system?.written ?? Promise.resolve()
    },
    record: (event, before) => record(event, before),
    get faults() {
      return faults.list
    },
    get pendingBytes() {
      return writer.pendingBytes
    },
    settled: () => writer.settled(),
    close: (how) => (ending ??= end(how)),
    release: () => keeper.release(),
  }
}

/** What somebody else has told of machines. */
function knownFacts({ imported, merged }: SessionOptions): SystemFacts {
  return (imported ?? merged)?.facts ?? UNKNOWN_FACTS
}

/** Whoever shows a run that goes on is told of its parts before, which have been shown. */
async function tellHistory(directory: string, onCommitted?: OnCommitted): Promise<void> {
  if (onCommitted === undefined) return
  for await (const lines of readLines(directory)) {
    const entries = [...lines].map(({ entry }) => entry)
    onCommitted(
      entries.filter(({ type }) => type !== 'sample' && type !== 'console'),
      [],
    )
  }
}

function unsynced(refusal: string): string {
  const what = `The file system of the sessions does not sync folders (${refusal})`
  return `${what}: a power cut may lose the names of files that are new`
}
