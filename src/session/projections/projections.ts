import { basename, join } from 'node:path'
import {
  type Domain,
  foldEntry,
  type JournalEntry,
  newFold,
  type RunFold,
} from '../../events/index.ts'
import type { Committed } from '../journal/journal-writer.ts'
import { DomainFile } from './domain-file.ts'
import { domainRows } from './journal-scan.ts'
import { PROGRESSION_FILE, progressionLines } from './progression.ts'
import { damageOfEnd, judgeSession } from '../judgement.ts'
import type { SessionJudgement } from '../../events/index.ts'
import { LineFile } from './line-file.ts'
import { NOTHING_WRITTEN, stateOf } from './state.ts'
import { StateFile } from './state-file.ts'
import { SyncedFiles } from './synced-files.ts'
import { TELEMETRY_FILE, TELEMETRY_HEADER, telemetryLines } from './telemetry-file.ts'

/** Takes events that are durable, and their lines of `progression.log`, each with its line break. */
export type OnCommitted = (entries: JournalEntry[], lines: string[]) => void

type OnFault = (artifact: string, error: unknown, consequence: string) => void

/** Everything that follows from the journal while a run goes on: log, state, results, the live view. */
export class Projections {
  onFault: OnFault = () => {}
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

  constructor(directory: string, onCommitted?: OnCommitted) {
    this.#directory = directory
    this.#onCommitted = onCommitted
    this.run = newFold(basename(directory))
    const retried = 'its lines are tried again; the journal has them'
    this.log = new LineFile(join(directory, PROGRESSION_FILE), '', (error) =>
      this.onFault(PROGRESSION_FILE, error, retried),
    )
    const table = join(directory, TELEMETRY_FILE)
    this.#telemetry = new LineFile(table, TELEMETRY_HEADER, (error) =>
      this.onFault(TELEMETRY_FILE, error, retried),
    )
    this.#synced = new SyncedFiles(directory, (name, error) =>
      this.onFault(name, error, 'a power cut may take the end of it'),
    )
    this.#stateFile = new StateFile(
      directory,
      () => stateOf(this.run, this.#written),
      (error) => this.onFault('state.json', error, 'it shows an earlier state'),
    )
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

  writeState(): Promise<void> {
    return this.#stateFile.flush()
  }

  /** Writes everything that is still outstanding; the state last, as it says that all is there. */
  async close(): Promise<void> {
    for (const file of this.#domains.values()) {
      // oxlint-disable-next-line no-await-in-loop -- at most five, each of which may be large
      await file.close()
    }
    await this.log.append([])
    await this.#telemetry.close()
    const { size: bytes } = this.#telemetry
    this.#written = { ...this.#written, telemetry: { bytes } }
    // Whoever finds the state of a run that has ended and a shorter story completes that.
    await Promise.all([this.#stateFile.close(), this.#synced.sync()])
    await this.log.close()
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
    for (const file of this.#domains.values()) file.touch()
  }

  #beginDomain(domain: Domain): void {
    for (const [other, file] of this.#domains) if (other !== domain) void file.flush()
    this.#fileOf(domain)
  }

  #fileOf(domain: Domain): DomainFile {
    const known = this.#domains.get(domain)
    if (known !== undefined) return known
    const name = `${domain}.json`
    const file = new DomainFile(
      join(this.#directory, name),
      () => domainRows(this.#directory, domain),
      (error) => this.onFault(name, error, 'it holds earlier results; the journal has them all'),
    )
    this.#domains.set(domain, file)
    return file
  }
}
