import type { ScenarioResult } from '../../events/index.ts'
import { FlagCounts } from '../../report/doubts.ts'
import { type CauseReport, hearRun, type SessionReport } from '../../report/session/index.ts'
import { SpeedBook } from '../../report/speed/speed-book.ts'
import type { SpeedRanking } from '../../report/speed/types.ts'

/** So many results of one cause are named. */
const MOST_NAMED = 1_000

/** What kept results from passing: the cause, the first result that has it, and the others by name. */
export interface WrongResults {
  cause: CauseReport
  first: ScenarioResult
  others: Named[]
  /** How many more there are than are named. */
  more: number
}

/** What is kept of a result beside the first one of its cause. */
export type Named = Pick<ScenarioResult, 'name' | 'domain' | 'loadout' | 'repeat' | 'status'> & {
  message: string
}

/** What a session says at a glance: how its loadouts rank, and what did not pass. */
export interface Glance {
  session: SessionReport
  speeds: SpeedRanking[]
  flags: FlagCounts
  /** By causes, those with most results first. */
  wrong: WrongResults[]
}

/** Reads a session once. */
export async function readGlance(directory: string): Promise<Glance> {
  const speeds = new SpeedBook()
  const flags = new FlagCounts()
  const found = new Map<string, Omit<WrongResults, 'cause'>>()
  const session = await hearRun(directory, (result) => {
    speeds.add(result)
    flags.add(result)
    const { cause } = result
    if (cause === null || cause === undefined) return
    const known = found.get(cause)
    if (known === undefined) found.set(cause, { first: result, others: [], more: 0 })
    else if (known.others.length < MOST_NAMED) known.others.push(named(result))
    else known.more += 1
  })
  const wrong = session.causes.flatMap((cause) => {
    const its = found.get(cause.id)
    return its === undefined ? [] : [{ cause, ...its }]
  })
  return { session, speeds: speeds.rankings(), flags, wrong }
}

function named({ name, domain, loadout, repeat, status, errors }: ScenarioResult): Named {
  return { name, domain, loadout, repeat, status, message: errors[0]?.message ?? '' }
}
