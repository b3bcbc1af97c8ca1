import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  type Domain,
  type EventOf,
  foldEntry,
  type JournalEntry,
  newFold,
  type RunFold,
} from '../../events/index.ts'
import type { RowRange } from '../journal/journal-line.ts'
import type { Committed } from '../journal/journal-writer.ts'
import { DomainFile } from './domain-file.ts'
import { domainRows } from './journal-scan.ts'
import { PROGRESSION_FILE, progressionLine, progressionLines } from './progression.ts'
import { damageOfEnd, judgeSession } from '../judgement.ts'
import type { SessionJudgement } from '../../events/index.ts'
import { LineFile } from './line-file.ts'
import { NamedFiles } from './named-files.ts'
import { NOTHING_WRITTEN, stateOf } from './state.ts'
import { StateFile } from './state-file.ts'
import { SyncedFiles } from './synced-files.ts'
import { TELEMETRY_FILE, telemetryHeader, telemetryLines } from './telemetry-file.ts'

/** Takes events that are durable, and their lines of `progression.log`, each with its line break. */
export type OnCommitted = (entries: JournalEntry[], lines: string[]) => void

/** What a run that goes on takes over from its parts before. */
export interface TakenOver {
  run: RunFold
  /** Where the results of each domain stand in the journal. */
  rows: ReadonlyMap<Domain, RowRange[]>
}

const UNWRITTEN = 'events.jsonl could not be written to its end'

type OnFault = (artifact: string, error: unknown, consequence: string) => void

/** Everything that follows from the journal while a run goes on: log, state, results, the live view. */
export class Projections {
  onFault: OnFault = () => {}
  /** Asked where a file cannot be written as its folder is not there: whether that was mended. */
  onGone: () => Promise<boolean> = async () => false
  readonly log: LineFile
  readonly #directory: string
  readonly #onCommitted: OnCommitted | undefined
  /** What is durable of the run, added up. */
  readonly run: RunFold
  #written = NOTHING_WRITTEN
  readonly #stateFile: StateFile
  readonly #telemetry: LineFile
  readonly #synced: SyncedFiles
  readonly #domains = new Map<Domain, DomainFile>()
  readonly #named = new NamedFiles()
  #isUnwritten = false
  readonly #asking = new Set<Promise<void>>()

  constructor(directory: string, onCommitted?: OnCommitted, before?: TakenOver) {
    this.#directory = directory
    this.#onCommitted = onCommitted
    this.run = before?.run ?? newFold(basename(directory))
    const retried = 'its lines are tried again; the journal has them'
    this.log = new LineFile(
      join(directory, PROGRESSION_FILE),
      () => '',
      (error) => this.#fault(PROGRESSION_FILE, error, retried),
    )
    const table = join(directory, TELEMETRY_FILE)
    this.#telemetry = new LineFile(
      table,
      () => telemetryHeader(this.run.begin?.merged !== undefined),
      (error) => this.#fault(TELEMETRY_FILE, error, retried),
    )
    this.#synced = new SyncedFiles(directory, (name, error) =>
      this.#fault(name, error, 'a power cut may take the end of it'),
    )
    this.#stateFile = new StateFile(
      directory,
      () => {
        const state = stateOf(this.run, this.#written)
        return this.#isUnwritten ? { ...state, action: `${state.action}: ${UNWRITTEN}` } : state
      },
      (error) => this.#fault('state.json', error, 'it shows an earlier state'),
    )
    for (const [domain, rows] of before?.rows ?? []) this.#fileOf(domain, [...rows])
  }

  /** Shows events that are durable now. Resolves when `progression.log` has them; the rest follows. */
  async committed(batch: Committed[], journalBytes: number): Promise<void> {
    const seq = batch.at(-1)?.entry.seq ?? 0
    const entries = batch.map(({ entry }) => entry)
    const lines = entries.flatMap((entry) => progressionLines(entry))
    await this.log.append(lines)
    const told = this.log.complete ? { seq, bytes: this.log.size } : this.#written.progression
    const { size: bytes } = this.#telemetry
    this.#written = {
      journal: { seq, bytes: journalBytes },
      progression: told,
      telemetry: { bytes },
    }
    for (const entry of entries) foldEntry(this.run, entry)
    this.#stateFile.touch()
    this.#takeRows(batch)
    this.#takeSamples(entries)
    this.#named.take(entries)
    this.#syncWhatStopped(entries)
    try {
      this.#onCommitted?.(entries, lines)
    } catch (error) {
      this.onFault('the live view', error, 'the files are not concerned')
    }
  }

  /** What the session is as a record of its run, as far as that is known here. */
  judge(): SessionJudgement {
    const { run } = this
    const { done } = run
    const there = { run, hasJournal: true, done, stated: null }
    return judgeSession({ ...there, life: { alive: true }, broken: [], damage: damageOfEnd(run) })
  }

  /** Tells the end of a run whose journal could not be written: as far as anybody knows it would go on otherwise. */
  async endUnwritten(end: EventOf<'run_ended'>, time: string): Promise<void> {
    const entry = { ...end, seq: (this.run.seq ?? 0) + 1, time, check: '' }
    foldEntry(this.run, entry)
    this.#isUnwritten = true
    const why = progressionLine(time.slice(11, 19), 'ERROR', `Error: ${UNWRITTEN}`)
    await this.log.append([why, ...progressionLines(entry)])
  }

  /** Blacks out values that are secret in the logs of services, from now on. */
  blackOutLogs(): void {
    this.#synced.blackOut().begin()
  }

  writeState(): Promise<void> {
    return this.#stateFile.flush()
  }

  /** Writes the story and the telemetry anew where they are not at their place. Returns the names of those. */
  async restoreOpen(): Promise<string[]> {
    const [story, table] = await Promise.all([this.log.restore(), this.#telemetry.restore()])
    return [...(story ? [PROGRESSION_FILE] : []), ...(table ? [TELEMETRY_FILE] : [])]
  }

  /** Writes the results and the state anew where they are not there. Returns the names of those. */
  async restoreClosed(): Promise<string[]> {
    const restored: string[] = []
    for (const [domain, file] of this.#domains) {
      // oxlint-disable-next-line no-await-in-loop -- at most five, each of which may be large
      if (await file.restore()) restored.push(`${domain}.json`)
    }
    if (!existsSync(join(this.#directory, 'state.json'))) await this.#stateFile.flush()
    return restored
  }

  /** The files that others have written for the session and that are not there any more. */
  async missing(): Promise<string[]> {
    return this.#named.names.filter((name) => !existsSync(join(this.#directory, name)))
  }

  /** Writes everything that is still outstanding; the state last, as it says that all is there. */
  async close(): Promise<void> {
    for (const file of this.#domains.values()) {
      // oxlint-disable-next-line no-await-in-loop -- at most five, each of which may be large
      await file.close()
    }
    await this.log.append([])
    this.#synced.stop()
    await this.#telemetry.close()
    const { size: bytes } = this.#telemetry
    this.#written = { ...this.#written, telemetry: { bytes } }
    // Whoever finds the state of a run that has ended and a shorter story completes that.
    await Promise.all([this.#stateFile.close(), this.#synced.sync()])
    await this.log.close()
    await Promise.all(this.#asking)
  }

  /** While the folder of the session is not at its place, nothing can be written, and nothing is wrong. */
  #fault(artifact: string, error: unknown, consequence: string): void {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      return this.onFault(artifact, error, consequence)
    }
    const asking = this.onGone().then((isMended) => {
      if (!isMended) this.onFault(artifact, error, consequence)
      this.#asking.delete(asking)
    })
    this.#asking.add(asking)
  }

  #takeSamples(entries: readonly JournalEntry[]): void {
    const lines = entries.flatMap((entry) => (entry.type === 'sample' ? telemetryLines(entry) : []))
    if (lines.length > 0) void this.#telemetry.append(lines)
  }

  /** In the background: no result waits for it. */
  #syncWhatStopped(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (entry.type === 'service_spawned' || entry.type === 'service_kept') {
        this.#synced.note(entry.log)
      }
    }
    if (entries.some(({ type }) => type === 'loadout_stopped')) void this.#synced.sync()
  }

  #takeRows(batch: Committed[]): void {
    for (const { entry, row } of batch) {
      if (entry.type === 'domain_started') this.#beginDomain(entry.domain)
      if (entry.type === 'scenario_ended' && row !== null) {
        this.#fileOf(entry.domain).add([row])
      }
    }
    this.#dropSuperseded()
    for (const file of this.#domains.values()) file.touch()
  }

  #dropSuperseded(): void {
    const { superseded } = this.run.inner
    if (superseded.length === 0) return
    const seqs = new Set(superseded.splice(0))
    for (const file of this.#domains.values()) file.drop(seqs)
  }

  #beginDomain(domain: Domain): void {
    for (const [other, file] of this.#domains) if (other !== domain) void file.flush()
    this.#fileOf(domain)
  }

  #fileOf(domain: Domain, held: RowRange[] | null = this.#heldOf()): DomainFile {
    const known = this.#domains.get(domain)
    if (known !== undefined) return known
    const name = `${domain}.json`
    const file = new DomainFile(
      join(this.#directory, name),
      () => domainRows(this.#directory, domain),
      (error) => this.#fault(name, error, 'it holds earlier results; the journal has them all'),
      held,
    )
    this.#domains.set(domain, file)
    return file
  }

  /** Of a resumed run rows may give way. */
  #heldOf(): RowRange[] | null {
    return this.run.resumed === null ? null : []
  }
}
