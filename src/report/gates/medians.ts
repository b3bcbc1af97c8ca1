import type { Domain, ScenarioResult } from '../../events/index.ts'
import { percentile } from '../../metrics/latency.ts'
import { isWarmOnly } from '../compare/measure.ts'
import { doubtsOf } from '../doubts.ts'

/** What one scenario came to on one loadout. */
export interface ScenarioMedian {
  domain: Domain
  /** Safe name. */
  loadout: string
  models: readonly string[]
  scenario: string
  value: number
  /** How many replies it is of: of those that passed alone. */
  n: number
  /** Only the first result after a load has it, which does not count. */
  isCold: boolean
  /** Flags that make it doubtful. */
  doubts: string[]
  /** Parameters without which some of these replies were asked for. */
  without: string[]
}

/** Gathers numbers of replies by scenario and loadout. A reply that failed may have been quick about it. */
export class ScenarioMedians {
  readonly #keys: readonly string[]
  readonly #scenarios = new Map<string, Scenario>()

  /** @param keys - the metrics that are asked for */
  constructor(keys: Iterable<string>) {
    this.#keys = [...new Set(keys)]
  }

  add(result: ScenarioResult): void {
    if (this.#keys.length === 0 || result.status === 'SKIPPED') return
    const { domain, loadout, models, name } = result
    const key = `${domain}|${loadout}|${name}`
    const known = this.#scenarios.get(key)
    const one = known ?? { domain, loadout, models, scenario: name, passed: 0, replies: new Map() }
    if (known === undefined) this.#scenarios.set(key, one)
    if (result.status !== 'PASSED') return
    one.passed += 1
    for (const metric of this.#keys) {
      const value = result.metrics[metric]
      if (typeof value !== 'number' || !Number.isFinite(value)) continue
      const replies = one.replies.get(metric) ?? []
      one.replies.set(metric, replies)
      const doubts = doubtsOf(metric, result.flags)
      const without = result.dropped_parameters ?? []
      replies.push({ value, isCold: result.cold === true, doubts, without })
    }
  }

  /** The median of each scenario that has the metric; of a loadout that has warm replies the cold ones do not count. */
  of(metric: string): ScenarioMedian[] {
    const all = [...this.#scenarios.values()].flatMap((one) => medianOf(one, metric) ?? [])
    const warm = new Set(all.filter(({ isCold }) => !isCold).map(placeOf))
    return all.filter((one) => !one.isCold || !warm.has(placeOf(one)))
  }

  /** How many scenarios of a kind ran and never passed. */
  notPassed(isWithin: (one: Scenario) => boolean): number {
    return [...this.#scenarios.values()].filter((one) => one.passed === 0 && isWithin(one)).length
  }
}

interface Scenario extends Pick<ScenarioMedian, 'domain' | 'loadout' | 'models' | 'scenario'> {
  passed: number
  replies: Map<string, Reply[]>
}

interface Reply extends Pick<ScenarioMedian, 'value' | 'isCold' | 'doubts' | 'without'> {}

function medianOf({ replies, ...one }: Scenario, metric: string): ScenarioMedian | null {
  const all = replies.get(metric) ?? []
  const warm = all.filter(({ isCold }) => !isCold)
  const counted = warm.length > 0 ? warm : all
  const value = percentile(
    counted.map((reply) => reply.value),
    50,
  )
  if (value === null) return null
  const { domain, loadout, models, scenario } = one
  return {
    domain,
    loadout,
    models,
    scenario,
    value,
    n: counted.length,
    isCold: warm.length === 0 && isWarmOnly(metric),
    doubts: distinct(counted, ({ doubts }) => doubts),
    without: distinct(counted, ({ without }) => without),
  }
}

function distinct(replies: readonly Reply[], of: (reply: Reply) => string[]): string[] {
  return [...new Set(replies.flatMap(of))]
}

function placeOf({ domain, loadout }: ScenarioMedian): string {
  return `${domain}|${loadout}`
}
