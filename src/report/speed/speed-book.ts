import { type Domain, inDomainOrder } from '../../events/domain.ts'
import type { ScenarioResult } from '../../events/index.ts'
import {
  type About,
  describedAs,
  isSpeed,
  speedKeysOf,
  type SpeedAspect,
} from '../../metrics/speed-keys.ts'
import { Attempts } from './attempts.ts'
import { NameSieve } from './name-sieve.ts'
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
/** Scenarios of a domain that are looked at: the first ones, so that what is held does not grow with the results. */
const MOST_SCENARIOS = 5_000
/** Loadouts run their scenarios in one order: so many in a row beyond those, and the rest of that loadout is beyond them, too. */
const BEYOND = 2_000
/** Names of numbers that are remembered, also of those that say nothing of speed. */
const MOST_NAMES = 1_000

/** Gathers how fast each scenario was on each loadout of a session, and ranks the loadouts of a domain. */
export class SpeedBook {
  readonly #domains = new Map<Domain, DomainSpeeds>()
  /** Most results are of the same domain as the one before. */
  #last: { name: Domain; speeds: DomainSpeeds } | null = null
  readonly #gathersAll: boolean

  /** `all` gathers every number that depends on how fast a reply came, not only those that loadouts are ranked by. */
  constructor({ all = false } = {}) {
    this.#gathersAll = all
  }

  add(result: TimedResult): void {
    if (this.#last?.name !== result.domain) this.#last = this.#speedsOf(result.domain)
    this.#last.speeds.add(result)
  }

  #speedsOf(name: Domain): { name: Domain; speeds: DomainSpeeds } {
    const known = this.#domains.get(name)
    const speeds = known ?? new DomainSpeeds(this.#gathersAll ? null : headlinesOf(name))
    this.#domains.set(name, speeds)
    return { name, speeds }
  }

  /** What each domain's loadouts are ranked by: at most one number for each aspect. */
  rankings(): SpeedRanking[] {
    return this.domains.flatMap((domain) =>
      ASPECTS.flatMap((aspect) => {
        const known = this.keysOf(domain)
        let first: SpeedRanking | null = null
        for (const key of speedKeysOf(domain)[aspect]) {
          if (!known.includes(key)) continue
          const { ranking } = this.paired(domain, key, aspect)
          if (ranking.ranks.length > 0) return [ranking]
          first ??= ranking
        }
        return first === null ? [] : [first]
      }),
    )
  }

  /** Domains of which there are speeds. */
  get domains(): Domain[] {
    return inDomainOrder(this.#domains.keys())
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
  ): { ranking: SpeedRanking; scenarios: () => PairedScenario[] } {
    const speeds = this.#domains.get(domain) ?? new DomainSpeeds([])
    return rank({ domain, metric, aspect, ...speeds.of(metric) })
  }
}

/** The numbers that loadouts of a domain may be ranked by. */
function headlinesOf(domain: Domain): readonly string[] {
  return ASPECTS.flatMap((aspect) => speedKeysOf(domain)[aspect])
}

/** The results of one domain: numbers alone, so that a hundred thousand take little. */
class DomainSpeeds {
  /** Numbers that are gathered; null for all that depend on how fast a reply came. */
  readonly #wanted: readonly string[] | null
  /** By their name, which is the same on each loadout. */
  readonly #scenarios = new Map<string, number>()
  readonly #loadouts = new Map<string, Contender>()
  /** Where each number stands; null for one that says nothing of speed. */
  readonly #numbers = new Map<string, { column: number; about: About } | null>()
  #columns = 0
  #isCut = false
  /** Whether a name may be known, once no other is taken. */
  #mayKnow: NameSieve | null = null
  /** The loadout of the last result, and how many of it in a row were not known. */
  #current: { loadout: string; unknown: number } = { loadout: '', unknown: 0 }

  constructor(wanted: readonly string[] | null) {
    this.#wanted = wanted
  }

  get keys(): string[] {
    return [...this.#numbers].flatMap(([key, known]) => (known === null ? [] : [key]))
  }

  add(result: TimedResult): void {
    const { status, loadout, models, duration, metrics } = result
    if (status === 'SKIPPED' || this.#isBeyond(loadout)) return
    const scenario = this.#scenarioOf(result)
    if (scenario === null) return
    this.#current.unknown = 0
    let one = this.#loadouts.get(loadout)
    if (one === undefined) {
      one = { loadout, title: models.join(' + ') || loadout, attempts: new Attempts() }
      this.#loadouts.set(loadout, one)
    }
    const { attempts } = one
    attempts.add({
      scenario,
      passed: status === 'PASSED',
      cold: result.cold === true,
      flags: result.flags,
      without: result.dropped_parameters ?? NONE,
    })
    // What did not pass has no say.
    if (status !== 'PASSED') return
    for (const key of this.#wanted ?? Object.keys(metrics)) {
      if (key !== 'duration') this.#addNumber(attempts, key, metrics[key], result)
    }
    this.#addNumber(attempts, 'duration', duration, result)
  }

  #addNumber(attempts: Attempts, key: string, value: unknown, result: TimedResult): void {
    if (typeof value !== 'number' || !Number.isFinite(value)) return
    let known = this.#numbers.get(key)
    if (known === undefined) {
      const about = describedAs(key, result.measures)
      const isWanted = this.#wanted !== null || (about !== undefined && isSpeed(key, about))
      const hasRoom = this.#columns < MOST_KEYS && this.#numbers.size < MOST_NAMES
      known = isWanted && hasRoom ? { column: this.#columns, about } : null
      if (known !== null) this.#columns += 1
      if (hasRoom) this.#numbers.set(key, known)
    }
    if (known !== null) attempts.addNumber(known.column, value)
  }

  /** What {@link rank} asks for of one number. */
  of(key: string): Omit<Parameters<typeof rank>[0], 'domain' | 'metric' | 'aspect'> {
    const { column, about } = this.#numbers.get(key) ?? { column: -1, about: undefined }
    const names = [...this.#scenarios.keys()]
    const contenders = [...this.#loadouts.values()]
    return { about, column, contenders, names, isCut: this.#isCut }
  }

  #isBeyond(loadout: string): boolean {
    if (this.#current.loadout === loadout) return (this.#current.unknown += 1) > BEYOND
    this.#current = { loadout, unknown: 1 }
    return false
  }

  #scenarioOf({ name }: TimedResult): number | null {
    if (this.#mayKnow?.has(name) === false) return null
    const known = this.#scenarios.get(name)
    if (known !== undefined) return known
    const { size } = this.#scenarios
    if (size < MOST_SCENARIOS) {
      this.#scenarios.set(name, size)
      return size
    }
    this.#isCut = true
    this.#mayKnow ??= new NameSieve(this.#scenarios.keys())
    return null
  }
}
