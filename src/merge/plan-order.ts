import { type EventOf, loadoutKey } from '../events/index.ts'
import type { PartSession } from './part-session.ts'

type Told = EventOf<'run_started'>['loadouts'][number]

/** A loadout of the plan that was divided. */
export interface OrderedLoadout {
  key: string
  domain: string
  loadout: string
  models: string[]
  /** Its files in the order of the plan; null: no part tells. */
  files: readonly string[] | null
}

/**
 * The loadouts of all parts in the order of the plan. Parts of older versions do not tell that: there each one's own order
 * holds, and what no part tells of two loadouts goes by the numbers of the parts.
 */
export function planOrder(parts: readonly PartSession[]): OrderedLoadout[] {
  const found = new Map<string, OrderedLoadout & { at: number }>()
  for (const { begin } of parts) {
    for (const [position, told] of begin.loadouts.entries()) {
      const key = loadoutKey(told)
      const known = found.get(key)
      if (known !== undefined) {
        known.files ??= told.files ?? null
        continue
      }
      const at = told.at ?? placeBeside(begin.loadouts, position, found)
      const { domain, loadout, models, files = null } = told
      found.set(key, { key, domain, loadout, models, files, at })
    }
  }
  return [...found.values()].toSorted((a, b) => a.at - b.at)
}

/** Behind the one before it in its part. */
function placeBeside(
  own: readonly Told[],
  position: number,
  found: ReadonlyMap<string, { at: number }>,
): number {
  const before = own[position - 1]
  return before === undefined ? 0 : (found.get(loadoutKey(before))?.at ?? 0)
}

/** Keys of loadouts of which several of these sessions have files. */
export function dividedLoadouts(parts: readonly PartSession[]): Set<string> {
  const once = new Set<string>()
  const divided = new Set<string>()
  for (const { begin } of parts) {
    for (const told of begin.loadouts) {
      const key = loadoutKey(told)
      if (once.has(key) || told.files !== undefined) divided.add(key)
      once.add(key)
    }
  }
  return divided
}
