import { loadoutKey, type OwnMeasure } from '../../events/index.ts'
import type { LoadoutReport, ReportedResult, ReportedSample } from '../session/index.ts'
import { MachineCurve } from './samples.ts'
import { Spreads } from './spread.ts'

/** What a page says of all results together: learned while the session is read. */
export class PageSurvey {
  /** The machine over the run, as far as the journal has samples. */
  readonly machine = new MachineCurve()
  /** The same of the parts of a merged session, by their places. */
  readonly parts = new Map<number, MachineCurve>()
  /** What the metrics are that scenarios made up. */
  readonly measures = new Map<string, OwnMeasure>()
  readonly #spreads = new Map<string, Spreads>()
  /** Most results are of the same loadout as the one before. */
  #last: { domain: string; loadout: string; spreads: Spreads } | null = null

  add(result: ReportedResult): void {
    const { domain, loadout } = result
    if (this.#last?.loadout !== loadout || this.#last.domain !== domain) {
      this.#last = { domain, loadout, spreads: this.#of(loadoutKey(result)) }
    }
    this.#last.spreads.add(result)
    for (const key in result.measures) this.measures.set(key, result.measures[key]!)
  }

  addSample(sample: ReportedSample): void {
    const { part } = sample
    if (part === undefined) return this.machine.add(sample)
    const curve = this.parts.get(part) ?? new MachineCurve()
    this.parts.set(part, curve)
    curve.add(sample)
  }

  /** The spread of each metric, for each of these loadouts. */
  spreadsOf(loadouts: readonly LoadoutReport[]): ReturnType<Spreads['result']>[] {
    return loadouts.map((loadout) => this.#of(loadoutKey(loadout)).result())
  }

  #of(key: string): Spreads {
    let spreads = this.#spreads.get(key)
    if (spreads === undefined) this.#spreads.set(key, (spreads = new Spreads()))
    return spreads
  }
}
