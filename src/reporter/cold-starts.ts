import type { LoadoutFacts } from '../services/loadouts/loadout-book.ts'
import type { AttemptOutcome } from './attempts.ts'
import type { ProjectTarget } from './run-host.ts'

/** Tells which row is the first since its loadout came up. */
export class ColdStarts {
  /** When each loadout came up whose first row is written, in milliseconds since the epoch. */
  readonly #warm = new Map<ProjectTarget, number>()

  /** Null for what did not run or had no services. */
  isCold(
    target: ProjectTarget,
    { status, started }: AttemptOutcome,
    { setupTime, upSince, isFresh }: LoadoutFacts,
  ): boolean | null {
    if (started === null || setupTime === null || status === 'SKIPPED') return null
    // What was up before the run, or for another loadout, is warm; a row from before a restart may be written after it.
    if (upSince === null || !isFresh || started < upSince) return false
    const cold = this.#warm.get(target) !== upSince
    this.#warm.set(target, upSince)
    return cold
  }
}
