import type { Night, NightCase, NightLoadout } from './types.ts'

const known = new WeakMap<Night, Map<string, NightCase[]>>()

/** The scenarios of a loadout in a night. */
export function casesOf(
  night: Night,
  loadout: Pick<NightLoadout, 'domain' | 'loadout'>,
): readonly NightCase[] {
  const found = known.get(night) ?? Map.groupBy(night.cases, keyOf)
  known.set(night, found)
  return found.get(keyOf(loadout)) ?? []
}

function keyOf({ domain, loadout }: Pick<NightLoadout, 'domain' | 'loadout'>): string {
  return `${domain} ${loadout}`
}
