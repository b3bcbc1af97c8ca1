import type { Domain } from '../domain.ts'
import { type Cause, CAUSE_KINDS, causeOf } from '../cause.ts'
import { count, noCounts, sumOf, uncount } from '../counts.ts'
import type { Counts } from '../event.ts'
import type { LogRange, ScenarioResult, ScenarioStatus } from '../result.ts'
import type { LoadoutFold } from './loadout-fold.ts'

/** A cause with the results that share it. */
export interface CauseFold extends Cause {
  /** How they ended. */
  counts: Counts
  /** Loadouts that have it, by their models. */
  loadouts: string[]
  /** The first of them. */
  first: {
    id: string
    name: string
    domain: Domain
    /** Its models. */
    title: string
    status: ScenarioStatus
    duration: number | null
    /** Where its service wrote. */
    log: LogRange | null
  }
}

/** So many causes are told apart; what comes after them is counted with the results. */
const MOST_CAUSES = 1_000
const MOST_LOADOUTS = 100
const LONGEST_ID = 100
/** A longer message is cut: the row has all of it. */
const LONGEST_MESSAGE = 4_000

/** Takes a result that did not pass into the causes of its run. */
export function foldCause(
  causes: Map<string, CauseFold>,
  result: ScenarioResult,
  loadout: LoadoutFold,
  cancelled: string | null,
): void {
  const found = knownCause(result, loadout, cancelled)
  if (found === null) return
  const known = causes.get(found.id) ?? newCause(found, result)
  if (!causes.has(found.id)) {
    if (causes.size >= MOST_CAUSES) return
    causes.set(found.id, known)
  }
  count(known.counts, result.status)
  const title = titleOf(result)
  const isNew = known.loadouts.length < MOST_LOADOUTS && !known.loadouts.includes(title)
  if (isNew) known.loadouts.push(title)
}

/** Takes a result back out of the causes of its run. */
export function unfoldCause(
  causes: Map<string, CauseFold>,
  { cause, status }: { cause?: string | null | undefined; status: ScenarioStatus },
): void {
  const known = causes.get(cause ?? '')
  if (known === undefined) return
  uncount(known.counts, status)
  if (sumOf(known.counts) <= 0) causes.delete(known.id)
}

/** The cause that a result names; one of an older version is looked for. */
export function knownCause(
  result: ScenarioResult,
  { failure, readyAt }: Pick<LoadoutFold, 'failure' | 'readyAt'>,
  cancelled: string | null,
): Cause | null {
  const found = causeOf(result, { failure, wasUp: readyAt !== null, cancelled })
  if (found === null || result.cause === undefined || result.cause === null) return found
  const [prefix = ''] = result.cause.split('-')
  const kind = CAUSE_KINDS.find((one) => one === prefix) ?? found.kind
  return { id: result.cause.slice(0, LONGEST_ID), kind, message: found.message }
}

/** The causes of a run, those with most results first. */
export function causesByCount(causes: Iterable<CauseFold>): CauseFold[] {
  return [...causes].toSorted((a, b) => sumOf(b.counts) - sumOf(a.counts))
}

function newCause(found: Cause, result: ScenarioResult): CauseFold {
  const { id, name, domain, status, duration, logs } = result
  const log = logs.find(({ from, to }) => to > from) ?? null
  const first = { id, name, domain, title: titleOf(result), status, duration, log }
  const message = found.message.slice(0, LONGEST_MESSAGE)
  return { ...found, message, counts: noCounts(), loadouts: [], first }
}

function titleOf({ models, loadout }: ScenarioResult): string {
  return models.length > 0 ? models.join(' + ') : loadout
}
