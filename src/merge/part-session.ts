import { basename } from 'node:path'
import type { EventOf, ShardOf } from '../events/index.ts'
import { readJournal } from '../session/journal/journal-reader.ts'

/** More parts than that no plan is divided into. */
const MOST_PARTS = 10_000

/** A session of a part of a divided plan, by what its journal begins with. */
export interface PartSession {
  /** Absolute. */
  directory: string
  name: string
  begin: EventOf<'run_started'> & { time: string }
  shard: ShardOf
}

/** What a folder is to a merge: a part, another session, or one that cannot be read, and why. */
export type Looked = { part: PartSession } | { other: string } | { unreadable: string }

/** Looks at how the journal of a session begins. */
export async function lookAt(directory: string): Promise<Looked> {
  const name = basename(directory)
  try {
    for await (const entry of readJournal(directory)) {
      if (entry.type !== 'run_started') return { unreadable: 'its journal does not tell its begin' }
      const { shard, merged } = entry
      if (merged !== undefined) return { other: 'was merged itself' }
      if (shard === undefined) return { other: 'is no part of a divided plan' }
      const { index, count } = shard
      if (index < 1 || index > count || count > MOST_PARTS) {
        return { unreadable: `it says that it is part ${index} of ${count}` }
      }
      return { part: { directory, name, begin: entry, shard } }
    }
    return { unreadable: 'nothing of its journal can be read' }
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) }
  }
}
