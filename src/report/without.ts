import type { ScenarioResult } from '../events/index.ts'

/** Counts the results of loadouts that were asked for without a parameter: others with it are no match for them. */
export class WithoutCounts {
  readonly #loadouts = new Map<string, { results: number; without: Map<string, number> }>()

  add({ domain, loadout, models, dropped_parameters: dropped }: ScenarioResult): void {
    const name = `${domain} ${models.join(' + ') || loadout}`
    const known = this.#loadouts.get(name) ?? { results: 0, without: new Map() }
    this.#loadouts.set(name, known)
    known.results += 1
    for (const parameter of dropped ?? NONE) {
      known.without.set(parameter, (known.without.get(parameter) ?? 0) + 1)
    }
  }

  /** The parameters that were left out, and in how many results: `seed in 2 of 20 results`; by `llm sim://a`. */
  texts(): Map<string, string> {
    const all = [...this.#loadouts].flatMap(([name, { results, without }]) => {
      const counts = [...without].map(([parameter, count]) => `${parameter} in ${count}`)
      const of = results === 1 ? 'of 1 result' : `of ${results} results`
      return counts.length === 0 ? [] : [[name, `${counts.join(', ')} ${of}`] as const]
    })
    return new Map(all)
  }

  /** Whether there are results of a loadout. */
  has(name: string): boolean {
    return this.#loadouts.has(name)
  }

  /** The parameters alone that a loadout was asked without, in the order of their names. */
  parametersOf(name: string): string {
    return [...(this.#loadouts.get(name)?.without.keys() ?? [])].toSorted().join(', ')
  }
}

const NONE: readonly string[] = []
