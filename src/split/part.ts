import { JarvisError } from '../errors.ts'
import { loadoutKey } from '../events/index.ts'
import type { PartNumber } from './part-number.ts'
import type { Split } from './split-file.ts'

/** The part of a plan that this run is. */
export interface Part {
  /** From 1. */
  index: number
  count: number
  /** Digest of the split that it is of. */
  digest: string
  /** Whether a file of a loadout is this part's; its path is from the project's root, with forward slashes. */
  has(loadout: { domain: string; loadout: string }, file: string): boolean
  /** What of the split is not as the plan is by now, a sentence each. */
  warnings: readonly string[]
}

/** What a split is held against. */
interface PlanNow {
  sha256: string
  loadouts: readonly { domain: string; loadout: string }[]
}

/**
 * The part of a split that has this number. Whatever has changed since the split was made, it is that part: what the
 * plan has by now and the split does not is told, and runs in no part.
 *
 * @throws JarvisError USAGE where there is no such part, or the plan has a loadout of it no more
 */
export function partOf(split: Split, { index, count, from }: PartNumber, plan: PlanNow): Part {
  const own = split.parts[index - 1]
  const parts = split.parts.length
  if (own === undefined || (count !== null && count !== parts)) {
    const said = count === null ? `${index}` : `${index} of ${count}`
    const what = `${from} says that this is part ${said}, and the split has ${parts}, from 1 to ${parts}`
    throw new JarvisError('USAGE', `${what}.`)
  }
  const now = new Set(plan.loadouts.map((one) => loadoutKey(one)))
  const gone = own.loadouts.find((one) => !now.has(loadoutKey(one)))
  if (gone !== undefined) {
    const what = `Part ${index} of the split has ${gone.domain} ${gone.loadout}, which the plan has no more`
    throw new JarvisError('USAGE', `${what}. Divide it anew with: jarvis split`)
  }
  const divided = new Set(split.parts.flatMap(({ loadouts }) => loadouts.map(loadoutKey)))
  const added = plan.loadouts.filter((one) => !divided.has(loadoutKey(one)))
  const files = new Map(
    own.loadouts.map((one) => [loadoutKey(one), one.files && new Set(one.files)] as const),
  )
  return {
    index,
    count: parts,
    digest: split.digest,
    has(loadout, file) {
      const some = files.get(loadoutKey(loadout))
      return some === null || some?.has(file) === true
    },
    warnings: [
      ...(plan.sha256 === split.plan_sha256
        ? []
        : ['The plan is another one than when it was divided: its parts are those of then']),
      ...(added.length === 0
        ? []
        : [`In no part, as the split does not know them: ${added.map(named).join(', ')}`]),
    ],
  }
}

function named({ domain, loadout }: { domain: string; loadout: string }): string {
  return `${domain} ${loadout}`
}
