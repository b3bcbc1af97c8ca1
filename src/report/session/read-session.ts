import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { JarvisError, messageOf } from '../../errors.ts'
import {
  causesByCount,
  type Domain,
  foldResult,
  type JournalEntry,
  type MergedOf,
  nameCause,
  type RunFold,
  type ScenarioResult,
  type ServiceFold,
} from '../../events/index.ts'
import { interruptedResult } from '../../events/interrupted-result.ts'
import { damageOfEnd, judgeSession } from '../../session/judgement.ts'
import {
  elsewhereOf,
  elsewhereText,
  type Life,
  lifeOfRun,
  mayLive,
} from '../../session/lock/life.ts'
import type { JournalLine } from '../../session/journal/journal-reader.ts'
import { type JournalScan, scanJournal } from '../../session/projections/journal-scan.ts'
import { readState } from '../../session/projections/state-file.ts'
import { foldOfState, type SessionState } from '../../session/projections/state.ts'
import { Damages } from './damages.ts'
import { DomainFileCheck, type Likeness } from './domain-files.ts'
import { domainFileName, domainsOf } from './domains.ts'
import { loadoutReport } from './loadout-report.ts'
import { planOf } from './plan-of.ts'
import { sampleOf } from './read-samples.ts'
import { fileResults, type StoredResult } from './stored-results.ts'
import { readSystemInfo } from './system-info.ts'
import type { ReportedSample, ServiceReport, SessionReport } from './types.ts'

/**
 * What a session directory says of its run: from the journal, which is read once in pieces; without one from
 * `state.json` and `system_info.yaml`; and where nothing but `{domain}.json` is there, what results tell.
 * `onResult` hears of each result as it is stored during that one reading: in the order of the journal, then of those
 * that only files hold, then of what was running when the run died.
 *
 * @throws JarvisError USAGE for what is no directory, or was written by a newer version of jarvis
 */
export async function readSession(
  path: string,
  onResult?: (result: ScenarioResult) => void,
): Promise<SessionReport> {
  const hear = onResult && (({ result }: StoredResult): void => onResult(result))
  return (await readScanned(path, hear, { isGoneThroughAgain: false })).session
}

interface ScanOptions {
  /** Whether results are gone through again, so that it is learned where they stand. @default true */
  isGoneThroughAgain?: boolean
  /** Hears of each sample that the journal holds. */
  onSample?: ((sample: ReportedSample) => void) | undefined
  /** Hears of each event of the journal, and where it stands. */
  onLine?: ((entry: JournalEntry, stands: boolean, line: JournalLine) => void) | undefined
  /** Hears of each result that no journal holds. */
  onOther?: ((result: ScenarioResult) => void) | undefined
}

type OnResult = (found: StoredResult) => void | Promise<void>

/** What of a session was learned while it was read: its results can then be gone through again. */
export interface Scanned {
  session: SessionReport
  scan: JournalScan
  /** Results that no file tells of: of scenarios that ran when the run died, which nobody has recorded yet. */
  cutOff: StoredResult['result'][]
  /** Domains that it has results of, in the order of reports. */
  domains: Domain[]
  /** Domains whose file holds nothing that the journal lacks. */
  covered: ReadonlySet<Domain>
}

/**
 * As {@link readSession}, with what of the journal was learned on the way; `onResult` hears of each result. Where its
 * results stand is learned for those alone who go through them again.
 */
export async function readScanned(
  path: string,
  onResult?: OnResult,
  { isGoneThroughAgain = true, onSample, onLine, onOther }: ScanOptions = {},
): Promise<Scanned> {
  const directory = resolve(path)
  const entries = await entriesOf(directory)
  const stated = await readState(directory)
  const damages = new Damages()
  const likenesses = new Map<Domain, Likeness>()
  const domainFiles = new Map<Domain, DomainFileCheck>()
  let last: { domain: Domain; file: DomainFileCheck } | null = null
  const fileOf = (domain: Domain): DomainFileCheck => {
    if (last?.domain === domain) return last.file
    const known = domainFiles.get(domain) ?? new DomainFileCheck(directory, domainFileName(domain))
    domainFiles.set(domain, known)
    last = { domain, file: known }
    return known
  }
  const scan = await scanJournal(directory, {
    onEntry(entry, run, stands, line) {
      onLine?.(entry, stands, line)
      if (entry.type === 'domain_started') fileOf(entry.domain)
      if (entry.type === 'sample') onSample?.(sampleOf(entry))
      if (entry.type !== 'scenario_ended' || !stands || onResult === undefined) return
      const { result } = entry
      nameCause(run, result)
      void onResult({ result, foreign: false })
    },
    onDamage: (damage) => damages.line(damage),
    onRow: (domain, piece, start, end) => fileOf(domain).add(piece, start, end),
    keepsRows: isGoneThroughAgain,
  }).finally(() => {
    for (const [domain, file] of domainFiles) likenesses.set(domain, file.end())
  })
  const hasJournal = scan.run.seq !== null
  const run = hasJournal || stated === null ? scan.run : foldOfState(stated)
  const life = lifeOf(directory, run, stated)
  const isAlive = mayLive(life)
  // The last line of a run that goes on, or died, may not have been written to its end.
  const isOpen = run.end === null && (stated === null || stated.status === 'running')
  if (isOpen) damages.forgetLastLine()
  damages.forgiveTorn(scan)
  const atEnd = damageOfEnd(run)
  const isComplete = run.end !== null && !isAlive
  const told = [...scan.rows.keys(), ...likenesses.keys(), ...run.loadouts.map((one) => one.domain)]
  const names = entries.map(({ name }) => name)
  const domains = domainsOf(directory, names, told)
  const reading = { directory, scan, run, damages, domains, likenesses, isComplete }
  const covered = await addOtherResults(reading, async (found) => {
    onOther?.(found.result)
    await onResult?.(found)
  })
  // What the files made up for is not lost.
  if (damages.ofResults.length === 0) {
    for (const sentence of atEnd) damages.add(`${sentence}.`, 'results')
  }
  const isCutOff = hasJournal && isOpen && !isAlive
  const broken = [...run.running.values()]
  const cutOff = isCutOff ? brokenRows(run) : []
  for (const result of cutOff) {
    foldResult(run, result)
    onOther?.(result)
    await onResult?.({ result, foreign: false })
  }
  const brokenNames = run.broken.length > 0 ? run.broken : broken.map(({ name }) => name)
  const done = run.done
  const damage = damages.ofResults
  const judgement = judgeSession({
    run,
    hasJournal,
    done,
    stated,
    life,
    broken: brokenNames,
    damage,
  })
  const elsewhere = elsewhereOf(life)
  const system = await readSystemInfo(directory, (sentence) => damages.add(sentence))
  const startedAt = run.begin?.time || stated?.started_at || system.startedAt || run.firstResultAt
  const plan = run.begin?.plan ?? (stated === null ? null : stated.plan)
  const session: SessionReport = {
    directory,
    name: basename(directory),
    judgement,
    elsewhere: elsewhere === null ? null : elsewhereText(elsewhere),
    result: run.end?.status ?? stated?.result ?? null,
    kind: run.begin?.kind ?? stated?.kind ?? null,
    shard: run.begin?.shard ?? stated?.shard ?? null,
    merged: run.begin?.merged ?? stated?.merged ?? null,
    startedAt,
    endedAt: endOf(run, isAlive),
    duration: durationOf(run, startedAt),
    plan: await planOf(plan, system.plan),
    imported: run.begin?.imported ?? null,
    // Where it was imported is not where it ran.
    machine: run.begin?.imported === undefined ? machineOf(run, stated) : null,
    host: system.host,
    hosts: system.hosts,
    git: system.git,
    runtime: system.runtime,
    scenarioTexts: system.scenarios,
    engines: system.engines,
    // Runs of before expected more of what was skipped or missing than there would be.
    total: judgement.verdict === 'whole' ? done : run.expected,
    counts: run.counts,
    loadouts: run.loadouts.map(loadoutReport),
    services: run.services.map(serviceReport),
    vramPeak: run.vramPeak,
    errors: run.errors,
    causes: causesByCount(run.causes.values()),
    gates: run.gates,
    damage: damages.sentences,
    files: entries.filter((entry) => entry.isFile()).map(({ name }) => name),
  }
  return { session, scan, cutOff, domains, covered }
}

/** What ran when the run died, and has no result from an earlier part of it. */
function brokenRows({ running, inner }: RunFold): ScenarioResult[] {
  const left = [...running.values()].filter(({ id }) => inner.again?.has(id) !== true)
  return left.map((started) => interruptedResult(started))
}

function lifeOf(directory: string, run: RunFold, stated: SessionState | null): Life {
  const named = run.begin ?? stated
  const isOver = run.end !== null || (stated !== null && stated.status !== 'running')
  return isOver || named === null ? { alive: false } : lifeOfRun(directory, named)
}

function machineOf({ begin }: RunFold, stated: SessionState | null): SessionReport['machine'] {
  const merged = begin?.merged ?? stated?.merged
  if (merged !== undefined) return machineOfMerged(merged)
  const host = begin?.host ?? stated?.host
  return host ? { id: host.id, name: host.name } : null
}

/** Several hosts count as one machine of their own: the same hosts are the same one on every night. */
function machineOfMerged({ parts }: MergedOf): SessionReport['machine'] {
  const hosts = new Map(parts.flatMap(({ host }) => (host === null ? [] : [[host.id, host.name]])))
  const sorted = [...hosts].toSorted(([one], [other]) => (one < other ? -1 : 1))
  if (sorted.length === 0) return null
  const names = [...new Set(sorted.map(([, name]) => name))].toSorted()
  return { id: sorted.map(([id]) => id).join('+'), name: names.join(', ') }
}

/** When the run ended, or was heard of last; null while it goes on. */
function endOf({ end, lastSign, lastAt }: RunFold, isAlive: boolean): string | null {
  if (isAlive) return null
  return end?.recorded_by === 'run' ? end.time : (lastSign?.time ?? lastAt)
}

function durationOf({ end, elapsed, begin, lastAt }: RunFold, startedAt: string | null) {
  if (end !== null) return end.duration
  if (elapsed !== null) return elapsed
  // Journals of before tell times of the wall clock alone.
  const seconds = (Date.parse(lastAt ?? '') - Date.parse(startedAt ?? '')) / 1_000
  return begin !== null && Number.isFinite(seconds) ? Math.max(0, seconds) : null
}

/** What is in a directory, by name. */
async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  } catch (error) {
    const what = `${directory} cannot be read as a session (${messageOf(error)})`
    throw new JarvisError('USAGE', `${what}: name a directory.`, { cause: error })
  }
}

interface Reading {
  directory: string
  scan: JournalScan
  run: RunFold
  damages: Damages
  domains: readonly Domain[]
  /** What the files of the domains are that the journal tells of. */
  likenesses: ReadonlyMap<Domain, Likeness>
  /** The run is over, so that each file must hold just what the journal does. */
  isComplete: boolean
}

/** Takes results that only `{domain}.json` holds. Returns the domains whose file need not be read for them. */
async function addOtherResults(
  { directory, scan, run, damages, domains, likenesses, isComplete }: Reading,
  onResult?: OnResult,
): Promise<Set<Domain>> {
  const covered = new Set<Domain>()
  const hasJournal = scan.run.seq !== null
  for (const domain of domains) {
    const likeness = likenesses.get(domain)
    if (likeness === 'same' || likeness === 'absent') covered.add(domain)
    if (likeness === 'same') continue
    let added = 0
    const tell = (sentence: string): void => damages.add(sentence)
    if (likeness !== 'absent') {
      if (likeness === 'different' && !hasRows(scan)) {
        // oxlint-disable-next-line no-await-in-loop -- once, for the first file that is not as the journal has it
        scan.rows = (await scanJournal(directory)).rows
      }
      // oxlint-disable-next-line no-await-in-loop -- one file after the other, each in pieces
      for await (const found of fileResults(directory, scan, domain, tell)) {
        foldResult(run, found.result)
        nameCause(run, found.result)
        await onResult?.(found)
        added += 1
      }
    }
    if (!hasJournal) continue
    if (added > 0) damages.notInJournal(domain, added)
    else if (isComplete && likeness !== undefined) damages.unlike(domain, likeness === 'absent')
  }
  return covered
}

/** Whether it is known where results stand, if there are any. */
function hasRows({ rows, run }: JournalScan): boolean {
  return run.done === 0 || [...rows.values()].some((some) => some.length > 0)
}

/** One start of a service as reports show it. */
function serviceReport(view: ServiceFold): ServiceReport {
  return { ...view, service: view.name }
}
