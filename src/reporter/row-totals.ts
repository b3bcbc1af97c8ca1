import type { EventOf, SessionEvent } from '../events/index.ts'
import type { ProjectTarget } from './run-host.ts'

/** How many rows a file gives on a loadout. */
export interface FileRows {
  /** Names the file on its loadout. */
  key: string
  /** Names the file. */
  file: string
  target: ProjectTarget
  rows: number
}

type LoadoutTotal = NonNullable<EventOf<'totals'>['loadouts']>[number]

/** How many rows a run will give: by the text of its files, corrected as they are collected. */
export class RowTotals {
  readonly #record: (event: SessionEvent) => void
  readonly #files = new Map<string, { rows: number; collected: boolean }>()
  /** Files by name, on each loadout that has not collected them yet. */
  readonly #foreseen = new Map<string, Map<string, FileRows>>()
  readonly #loadouts = new Map<ProjectTarget, LoadoutTotal>()
  readonly #changed = new Set<LoadoutTotal>()
  #total = 0
  #told = false

  constructor(record: (event: SessionEvent) => void) {
    this.#record = record
  }

  /** What the texts of files promise; what a collected file has is known better. */
  foresee(files: readonly FileRows[]): void {
    for (const file of files) {
      if (this.#files.get(file.key)?.collected === true) continue
      this.#set(file, false)
      const others = this.#foreseen.get(file.file) ?? new Map<string, FileRows>()
      this.#foreseen.set(file.file, others.set(file.key, file))
    }
    this.#tell()
  }

  /** What a file has, and so most likely on the loadouts that are still to come. */
  correct(file: FileRows): void {
    this.#set(file, true)
    const others = this.#foreseen.get(file.file)
    others?.delete(file.key)
    for (const other of others?.values() ?? []) this.#set({ ...other, rows: file.rows }, false)
    this.#tell()
  }

  #set({ key, target, rows }: FileRows, collected: boolean): void {
    const more = rows - (this.#files.get(key)?.rows ?? 0)
    this.#files.set(key, { rows, collected })
    if (more === 0) return
    const { domain, loadout } = target
    const known = this.#loadouts.get(target) ?? { domain, loadout, total: 0 }
    this.#loadouts.set(target, known)
    known.total += more
    this.#total += more
    this.#changed.add(known)
  }

  #tell(): void {
    if (this.#told && this.#changed.size === 0) return
    const loadouts = [...this.#changed].map((each) => ({ ...each }))
    this.#record({ type: 'totals', total: this.#total, loadouts })
    this.#changed.clear()
    this.#told = true
  }
}
