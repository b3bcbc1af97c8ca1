import type { ScenarioResult } from '../../events/index.ts'
import { doubtsOf } from '../doubts.ts'
import { WithoutCounts } from '../without.ts'

/** What speaks against holding the numbers of a run beside those of others. */
export interface TrendRemark {
  session: string
  text: string
}

/** Gathers, run by run, which requests went without a parameter and which numbers are in doubt. */
export class TrendRemarks {
  readonly #metric: string
  readonly #runs: { session: string; without: WithoutCounts; doubts: Map<string, number> }[] = []

  constructor(metric: string) {
    this.#metric = metric
  }

  /** From here on results are of this run. */
  begin(session: string): void {
    this.#runs.push({ session, without: new WithoutCounts(), doubts: new Map() })
  }

  add(result: ScenarioResult): void {
    const run = this.#runs.at(-1)
    if (run === undefined || result.status === 'SKIPPED') return
    run.without.add(result)
    for (const flag of doubtsOf(this.#metric, result.flags)) {
      run.doubts.set(flag, (run.doubts.get(flag) ?? 0) + 1)
    }
  }

  /** Oldest first. What all runs went without makes them no less alike. */
  list(): TrendRemark[] {
    const names = [...new Set(this.#runs.flatMap(({ without }) => [...without.texts().keys()]))]
    const unlike = names.filter((name) => {
      const asked = this.#runs.filter(({ without }) => without.has(name))
      return new Set(asked.map(({ without }) => without.parametersOf(name))).size > 1
    })
    return this.#runs.flatMap(({ session, without, doubts }) => {
      const texts = without.texts()
      const left = unlike.flatMap((name) => {
        const text = texts.get(name)
        return text === undefined ? [] : [`${name} asked without ${text}`]
      })
      const flags = [...doubts].map(([flag, count]) => `${flag} in ${count}`).join(', ')
      const told = flags === '' ? left : [...left, `in doubt: ${flags}`]
      return told.length === 0 ? [] : [{ session, text: told.join('; ') }]
    })
  }
}
