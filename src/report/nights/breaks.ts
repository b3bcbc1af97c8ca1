import type { Domain } from '../../events/index.ts'
import { passes } from './outcomes.ts'
import { standingsOf } from './standing.ts'
import type { Night } from './types.ts'

/** A scenario that failed for some nights, and when. */
export interface Break {
  key: string
  domain: Domain
  loadout: string
  name: string
  /** The first night on which it failed, and the last before it on which it passed; null: never seen to pass. */
  first: string
  lastGood: string | null
  /** The night on which it passed again; null while it fails. */
  fixed: string | null
  /** On how many nights in a row it failed, of how many that are known. */
  failed: number
  nights: number
}

interface Seen {
  session: string
  passes: boolean
}

/** What broke and when it was fixed over all nights, oldest night first; what fails now and then is left to its standing. */
export function breaksOf(nights: readonly Night[]): Break[] {
  const newest = nights.at(-1)
  if (newest === undefined) return []
  const standings = standingsOf(nights)
  const seen = new Map<string, Seen[]>()
  for (const night of nights) {
    for (const one of night.cases) {
      const passed = passes(one)
      if (passed === null || !standings.has(one.key)) continue
      const all = seen.get(one.key) ?? []
      seen.set(one.key, all)
      all.push({ session: night.session, passes: passed })
    }
  }
  return newest.cases.flatMap((one) => {
    if (standings.get(one.key)?.state === 'flaky') return []
    const { key, domain, loadout, name } = one
    return runsOfFailures(seen.get(key) ?? []).map((run) => ({
      key,
      domain,
      loadout,
      name,
      ...run,
    }))
  })
}

function runsOfFailures(
  all: readonly Seen[],
): Pick<Break, 'first' | 'lastGood' | 'fixed' | 'failed' | 'nights'>[] {
  return all.flatMap((one, at) => {
    const before = all[at - 1]
    if (one.passes || before?.passes === false) return []
    const end = all.findIndex((other, index) => index > at && other.passes)
    const failed = (end === -1 ? all.length : end) - at
    return [
      {
        first: one.session,
        lastGood: before?.session ?? null,
        fixed: all[end]?.session ?? null,
        failed,
        nights: all.length,
      },
    ]
  })
}
