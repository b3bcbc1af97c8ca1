import type { Path } from './source.ts'

/** What stands at a key of a value that nothing has checked yet; undefined where it is no mapping. */
export function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined
}

/** The items of a value that nothing has checked yet; none where it is no list. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The loadouts of a plan that nothing has checked yet: the texts of their models, each with its path. */
export function* statedLoadouts(
  value: unknown,
): Generator<{ domain: string; texts: string[]; path: Path; places: Path[] }> {
  for (const [index, block] of listOf(member(value, 'execution')).entries()) {
    const domain = member(block, 'domain')
    if (typeof domain !== 'string') continue
    const stated = member(block, 'loadouts')
    const isAlone = typeof stated === 'string'
    for (const [position, loadout] of (isAlone ? [stated] : listOf(stated)).entries()) {
      const all = ['execution', index, 'loadouts']
      const path = isAlone ? all : [...all, position]
      const isOne = typeof loadout === 'string'
      const texts: unknown[] = isOne ? [loadout] : listOf(loadout)
      const places = texts.map((_, number) => (isOne ? path : [...path, number]))
      if (texts.every((text) => typeof text === 'string')) yield { domain, texts, path, places }
    }
  }
}
