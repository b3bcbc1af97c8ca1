/*
 * What a session came to, added up from its journal by nothing of ours: what every command says is compared with it.
 * It must not import anything of `src`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How many results ended in each way. */
export type OwnCounts = Record<(typeof WAYS)[number], number>

/** What the journal of a session says. */
export interface OwnTotals {
  counts: OwnCounts
  /** By `domain loadout`. */
  loadouts: Map<string, OwnCounts>
  /** Statuses in the order of the journal. */
  statuses: string[]
  /** The run came to its end by itself. */
  isWhole: boolean
  end: { recorded_by: string; status: string } | null
  isCancelled: boolean
}

interface OwnEvent {
  type: string
  status?: string
  recorded_by?: string
  result?: { status: string; domain: string; loadout: string }
}

const WAYS = ['passed', 'failed', 'skipped', 'missing', 'interrupted'] as const

/** Adds up the journal of a session. */
export function ownTotals(directory: string): OwnTotals {
  const lines = readFileSync(join(directory, 'events.jsonl'), 'utf8').split('\n')
  const events = lines.slice(0, -1).map((line) => JSON.parse(line) as OwnEvent)
  const totals: OwnTotals = {
    counts: none(),
    loadouts: new Map(),
    statuses: [],
    isWhole: false,
    end: null,
    isCancelled: events.some(({ type }) => type === 'cancelled'),
  }
  for (const { type, result, status = '', recorded_by = '' } of events) {
    if (type === 'run_ended') totals.end = { recorded_by, status }
    if (type !== 'scenario_ended' || result === undefined) continue
    const way = result.status.toLowerCase() as keyof OwnCounts
    const key = `${result.domain} ${result.loadout}`
    const own = totals.loadouts.get(key) ?? none()
    own[way] += 1
    totals.loadouts.set(key, own)
    totals.counts[way] += 1
    totals.statuses.push(result.status)
  }
  totals.isWhole = totals.end?.recorded_by === 'run' && !totals.isCancelled
  return totals
}

function none(): OwnCounts {
  return { passed: 0, failed: 0, skipped: 0, missing: 0, interrupted: 0 }
}
