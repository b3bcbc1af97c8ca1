import type { Domain, ScenarioStatus } from '../../events/index.ts'
import type { ReportedResult } from '../session/index.ts'

/** How a scenario went on one loadout, all repeats together. */
export interface Outcome {
  loadout: string
  passed: number
  all: number
  worst: ScenarioStatus
  /** Row of its first result in the sheet of the domain. */
  row: number
}

const SEVERITY: Record<ScenarioStatus, number> = {
  PASSED: 0,
  SKIPPED: 1,
  INTERRUPTED: 2,
  MISSING: 3,
  FAILED: 4,
}

/** How each scenario of each domain went, in the order of the results: gathered as their rows are written. */
export class Outcomes {
  readonly #domains = new Map<Domain, Map<string, Outcome[]>>()

  /** Takes a result whose row in the sheet of its domain is that. */
  add({ domain, name, loadout, status }: ReportedResult, row: number): void {
    let scenarios = this.#domains.get(domain)
    if (scenarios === undefined) this.#domains.set(domain, (scenarios = new Map()))
    const outcomes = scenarios.get(name)
    const known = outcomes?.find((one) => one.loadout === loadout)
    const passed = status === 'PASSED' ? 1 : 0
    if (known !== undefined) {
      known.all += 1
      known.passed += passed
      if (SEVERITY[status] > SEVERITY[known.worst]) known.worst = status
      return
    }
    const outcome = { loadout, passed, all: 1, worst: status, row }
    if (outcomes === undefined) scenarios.set(name, [outcome])
    else outcomes.push(outcome)
  }

  /** By name; on each loadout, nearly always few. */
  of(domain: Domain): ReadonlyMap<string, readonly Outcome[]> {
    return this.#domains.get(domain) ?? new Map()
  }
}
