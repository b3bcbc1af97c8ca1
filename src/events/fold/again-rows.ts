import type { EventOf } from '../event.ts'
import { loadoutKey } from '../loadout-key.ts'
import type { ScenarioResult } from '../result.ts'

type Again = EventOf<'run_resumed'>['again'][number]

/** A result of an earlier part of a run that another may take the place of. */
export type OldRow = Omit<Again, 'rows'> & Again['rows'][number]

/** What becomes of a result that has come. */
export interface Replacement {
  /** It takes the place of this one. */
  old: OldRow | null
  /** Whether it counts: one that was interrupted tells less than any other that is there. */
  stands: boolean
}

/** The results that a part of a run is to give again: of those with one id the later one stands. */
export class AgainRows {
  readonly #rows = new Map<string, OldRow>()
  /** Ids, by their file on its loadout. */
  readonly #files = new Map<string, string[]>()

  constructor(again: readonly Again[]) {
    for (const { rows, ...of } of again) {
      const ids = this.#files.get(keyOf(of)) ?? []
      this.#files.set(keyOf(of), ids)
      for (const row of rows) {
        this.#rows.set(row.id, { ...of, ...row })
        ids.push(row.id)
      }
    }
  }

  /** Whether a result of this id was there before. */
  has(id: string): boolean {
    return this.#rows.has(id)
  }

  /** Takes a new result. */
  replace({ id, status }: Pick<ScenarioResult, 'id' | 'status'>): Replacement {
    const old = this.#rows.get(id) ?? null
    if (old === null) return { old, stands: true }
    if (status === 'INTERRUPTED' && old.status !== 'INTERRUPTED')
      return { old: null, stands: false }
    this.#rows.delete(id)
    return { old, stands: true }
  }

  /**
   * A file has run to its end: what it was to give again and did not is of scenarios that there are not, as a row that
   * stood for the whole file. One that ran and failed is still a result.
   */
  fileEnded(file: Pick<Again, 'domain' | 'loadout' | 'file'>): OldRow[] {
    const ids = this.#files.get(keyOf(file)) ?? []
    return ids.flatMap((id) => {
      const old = this.#rows.get(id)
      if (old === undefined || (old.status === 'FAILED' && old.duration !== null)) return []
      this.#rows.delete(id)
      return [old]
    })
  }
}

function keyOf({ file, ...loadout }: Pick<Again, 'domain' | 'loadout' | 'file'>): string {
  return `${loadoutKey(loadout)}|${file}`
}
