import type { Domain, ScenarioResult } from '../../events/index.ts'
import {
  type About,
  describedAs,
  isSpeed,
  SPEED_KEYS,
  type SpeedAspect,
} from '../../metrics/speed-keys.ts'
import { DOMAINS } from '../session/domains.ts'
import { type Contender, rank } from './rank.ts'
import type { PairedScenario, SpeedRanking } from './types.ts'

/** What is needed of a result; those of reports have what can be computed besides. */
type TimedResult = Pick<
  ScenarioResult,
  'name' | 'domain' | 'loadout' | 'models' | 'status' | 'cold' | 'duration' | 'metrics' | 'flags'
> &
  Pick<ScenarioResult, 'measures' | 'dropped_parameters'>

/** Of nearly all results. */
const NONE: readonly string[] = []
const ASPECTS: readonly SpeedAspect[] = ['throughput', 'latency']
/** Numbers that are followed: scenarios may make up any number. */
const MOST_KEYS = 64

/** Gathers how fast each scenario was on each loadout of a session, and ranks the loadouts of a domain. */
export class SpeedBook {
  readonly #domains = new Map<Domain, DomainSpeeds>()
  readonly #isWanted: (key: string, result: TimedResult) => boolean

  /** `all` gathers every number that depends on how fast a reply came, not only those that loadouts are ranked by. */
  constructor({ all = false } = {}) {
    this.#isWanted = all
      ? (key, { measures }) => {
          const about = describedAs(key, measures)
          return about !== undefined && isSpeed(key, about)
        }
      : (key, { domain }) => headlinesOf(domain).includes(key)
  }

  add(result: TimedResult): void {
    const known = this.#domains.get(result.domain)
    const domain = known ?? new DomainSpeeds()
    if (known === undefined) this.#domains.set(result.domain, domain)
    domain.add(result, (key) => this.#isWanted(key, result))
  }

  /** What each domain's loadouts are ranked by: at most one number for each aspect. */
  rankings(): SpeedRanking[] {
    return DOMAINS.flatMap((domain) =>
      ASPECTS.flatMap((aspect) => {
        const known = this.keysOf(domain)
        const keys = SPEED_KEYS[domain][aspect].filter((key) => known.includes(key))
        const all = keys.map((key) => this.paired(domain, key, aspect).ranking)
        const found = all.find(({ ranks }) => ranks.length > 0) ?? all[0]
        return found === undefined ? [] : [found]
      }),
    )
  }

  /** The numbers of a domain that were gathered. */
  keysOf(domain: Domain): string[] {
    return this.#domains.get(domain)?.keys ?? []
  }

  /** How the loadouts of a domain rank by one number, and each scenario that says so. */
  paired(
    domain: Domain,
    metric: string,
    aspect: SpeedAspect | null = null,
  ): { ranking: SpeedRanking; scenarios: PairedScenario[] } {
    const speeds = this.#domains.get(domain) ?? new DomainSpeeds()
    return rank({ domain, metric, aspect, ...speeds.of(metric) })
  }
}

/** The numbers that loadouts of a domain may be ranked by. */
function headlinesOf(domain: Domain): readonly string[] {
  return ASPECTS.flatMap((aspect) => SPEED_KEYS[domain][aspect])
}

/** The results of one domain, a row each for their loadout: numbers alone, so that a hundred thousand take little. */
class DomainSpeeds {
  /** By their name, which is the same on each loadout. */
  readonly #scenarios = new Map<string, number>()
  readonly #loadouts = new Map<string, Contender>()
  readonly #numbers = new Map<string, { column: number; about: About }>()

  get keys(): string[] {
    return [...this.#numbers.keys()]
  }

  add(result: TimedResult, isWanted: (key: string) => boolean): void {
    const { status, loadout, models, duration, metrics, measures } = result
    if (status === 'SKIPPED') return
    const values: number[] = []
    for (const [key, value] of Object.entries({ ...metrics, duration })) {
      if (typeof value !== 'number' || !Number.isFinite(value) || !isWanted(key)) continue
      let column = this.#numbers.get(key)?.column
      if (column === undefined) {
        column = this.#numbers.size
        if (column >= MOST_KEYS) continue
        this.#numbers.set(key, { column, about: describedAs(key, measures) })
      }
      values[column] = value
    }
    const known = this.#loadouts.get(loadout)
    const one = known ?? { loadout, title: models.join(' + ') || loadout, scenarios: new Map() }
    if (known === undefined) this.#loadouts.set(loadout, one)
    const scenario = this.#scenarioOf(result)
    const attempts = one.scenarios.get(scenario) ?? []
    one.scenarios.set(scenario, attempts)
    attempts.push({
      passed: status === 'PASSED',
      cold: result.cold === true,
      values,
      flags: result.flags.length > 0 ? result.flags : NONE,
      without: result.dropped_parameters ?? NONE,
    })
  }

  /** What {@link rank} asks for of one number. */
  of(key: string): { about: About; column: number; contenders: Contender[]; names: string[] } {
    const { column, about } = this.#numbers.get(key) ?? { column: -1, about: undefined }
    const names = [...this.#scenarios.keys()]
    return { about, column, contenders: [...this.#loadouts.values()], names }
  }

  #scenarioOf({ name }: TimedResult): number {
    const known = this.#scenarios.get(name)
    if (known !== undefined) return known
    this.#scenarios.set(name, this.#scenarios.size)
    return this.#scenarios.size - 1
  }
}
