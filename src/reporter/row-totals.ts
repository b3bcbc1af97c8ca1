import { type EventOf, loadoutKey, type SessionEvent } from '../events/index.ts'
import type { ProjectTarget } from './run-host.ts'

/** How many rows a file gives on a loadout. */
export interface FileRows {
  /** Names the file on its loadout. */
  key: string
  /** Names the file. */
  file: string
  target: ProjectTarget
  /** A row for each repeat of a test, and one for a test that its author skipped. */
  rows: number
  /** A row for each test: so many there are where its loadout cannot be had. */
  tests: number
  /** There may be more: how often `test.for` runs is told by no text. */
  isLeast?: boolean | undefined
}

type LoadoutTotal = NonNullable<EventOf<'totals'>['loadouts']>[number]

/** What is known of a file: by its text, by its tests, or by its end. */
interface Known extends FileRows {
  state: 'foreseen' | 'collected' | 'ended'
  /** Rows that are expected of it now. */
  expected: number
}

/**
 * How many rows a run will give, as they will be written: by the text of its files, corrected as they are collected, and
 * by what each gave at its end.
 */
export class RowTotals {
  readonly #record: (event: SessionEvent) => void
  readonly #files = new Map<string, Known>()
  /** Files by name, on each loadout that has not collected them yet. */
  readonly #foreseen = new Map<string, Set<string>>()
  readonly #loadouts = new Map<string, LoadoutTotal>()
  readonly #refused = new Set<ProjectTarget>()
  readonly #changed = new Set<LoadoutTotal>()
  /** Files of which there may be more rows. */
  readonly #least = new Set<string>()
  #total = 0
  #toldLeast = false
  #told = false

  /** @param kept - rows that stand from earlier parts of a run that was resumed */
  constructor(
    record: (event: SessionEvent) => void,
    kept: ReadonlyMap<string, LoadoutTotal> = new Map(),
  ) {
    this.#record = record
    for (const [name, loadout] of kept) {
      const known = { ...loadout }
      this.#loadouts.set(name, known)
      this.#changed.add(known)
      this.#total += known.total
    }
  }

  /** What the texts of files promise; what a collected file has is known better. */
  foresee(files: readonly FileRows[]): void {
    for (const file of files) {
      if (this.#files.has(file.key)) continue
      this.#set(file, 'foreseen')
      this.#foreseen.set(file.file, (this.#foreseen.get(file.file) ?? new Set()).add(file.key))
    }
    this.#tell()
  }

  /** What a file has, and so most likely on the loadouts that are still to come. */
  correct(file: FileRows): void {
    const others = this.#foreseen.get(file.file)
    others?.delete(file.key)
    this.#set(file, 'collected')
    const { rows, tests, isLeast } = file
    for (const key of others ?? []) {
      this.#set({ ...this.#files.get(key)!, rows, tests, isLeast }, 'foreseen')
    }
    this.#tell()
  }

  /** So many rows a file gave: no more will come. */
  end(key: string, rows: number): void {
    const known = this.#files.get(key)
    if (known !== undefined) {
      this.#set({ ...known, rows, tests: rows, isLeast: false }, 'ended')
    }
    this.#tell()
  }

  /** A loadout cannot be had: each test of its files is told so once, however often it was to run. */
  refuse(target: ProjectTarget): void {
    if (this.#refused.has(target)) return
    this.#refused.add(target)
    for (const file of this.#files.values()) {
      if (file.target === target && file.state !== 'ended') this.#set(file, file.state)
    }
    this.#tell()
  }

  #set(file: FileRows, state: Known['state']): void {
    const { key, target } = file
    const isRefused = state !== 'ended' && this.#refused.has(target)
    const expected = isRefused ? file.tests : file.rows
    const more = expected - (this.#files.get(key)?.expected ?? 0)
    this.#files.set(key, { ...file, state, expected })
    if (file.isLeast === true) this.#least.add(key)
    else this.#least.delete(key)
    if (more === 0) return
    const { domain, loadout } = target
    const name = loadoutKey(target)
    const known = this.#loadouts.get(name) ?? { domain, loadout, total: 0 }
    this.#loadouts.set(name, known)
    known.total += more
    this.#total += more
    this.#changed.add(known)
  }

  #tell(): void {
    const isLeast = this.#least.size > 0
    if (this.#told && this.#changed.size === 0 && isLeast === this.#toldLeast) return
    const loadouts = [...this.#changed].map((each) => ({ ...each }))
    const least = isLeast ? { at_least: true } : {}
    this.#record({ type: 'totals', total: this.#total, loadouts, ...least })
    this.#changed.clear()
    this.#toldLeast = isLeast
    this.#told = true
  }
}
