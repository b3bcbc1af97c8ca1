import type { EventOf, ScenarioResult } from '../events/index.ts'
import { type Distribution, distribution, passAtK, passHatK } from '../metrics/distribution.ts'

type Summary = EventOf<'repeats_summarised'>

/** What is told of a row. */
type Repeat = Pick<ScenarioResult, 'id' | 'repeat' | 'status' | 'duration' | 'metrics' | 'cold'>

/** What waits for more than the answer of a warm model, and so is no part of its spread. */
const COLD_METRICS = new Set(['ttft', 'ttfo'])

/** Collects the rows of scenarios that run more than once, and sums them up with the last one. */
export class Repeats {
  readonly #rows = new Map<string, Repeat[]>()
  readonly #tell: (summary: Summary) => void

  constructor(tell: (summary: Summary) => void) {
    this.#tell = tell
  }

  /** Takes a row of a scenario that gives `expected` rows; earlier parts of its run have given the others. */
  add(row: ScenarioResult, expected: number, others: readonly Repeat[] = []): void {
    if (expected < 2) return
    const id = idWithoutRepeat(row)
    const rows = [...(this.#rows.get(id) ?? others), row]
    this.#rows.set(id, rows)
    if (rows.length < expected) return
    this.#rows.delete(id)
    const inOrder = others.length === 0 ? rows : rows.toSorted((a, b) => a.repeat - b.repeat)
    const summary = summarise(id, row, inOrder)
    if (summary !== null) this.#tell(summary)
  }
}

/** The sum of all rows of one scenario on one loadout; null where all were skipped. */
function summarise(id: string, last: ScenarioResult, rows: readonly Repeat[]): Summary | null {
  const ran = rows.filter(({ status }) => status !== 'SKIPPED')
  if (ran.length === 0) return null
  const n = ran.length
  const passed = ran.filter(({ status }) => status === 'PASSED').length
  const ks = Array.from({ length: n }, (_, index) => index + 1)
  const { domain, loadout, models, name } = last
  return {
    type: 'repeats_summarised',
    domain,
    loadout,
    models,
    id,
    name,
    n,
    passed,
    pass_at_k: ks.map((k) => round(passAtK(n, passed, k) ?? 0)),
    pass_hat_k: ks.map((k) => round(passHatK(n, passed, k) ?? 0)),
    duration: rounded(distribution(ran.flatMap(({ duration }) => duration ?? []))),
    metrics: Object.fromEntries(spreads(ran)),
  }
}

function spreads(rows: readonly Repeat[]): [string, Distribution][] {
  const keys = new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))
  return [...keys].flatMap((key): [string, Distribution][] => {
    const warm = COLD_METRICS.has(key) ? rows.filter(({ cold }) => cold !== true) : rows
    const values = warm.map(({ metrics }) => metrics[key]).filter((one) => typeof one === 'number')
    const spread = rounded(distribution(values))
    return spread === null ? [] : [[key, spread]]
  })
}

function idWithoutRepeat({ id, repeat }: Repeat): string {
  const tail = `|${repeat}`
  return id.endsWith(tail) ? id.slice(0, -tail.length) : id
}

/** Digits after the point: a microsecond of a duration. */
const PRECISION = 1e6

const round = (value: number): number => Math.round(value * PRECISION) / PRECISION

function rounded(spread: Distribution | null): Distribution | null {
  if (spread === null) return null
  const { interval, std, n, ...rest } = spread
  const numbers = Object.entries(rest).map(([key, value]) => [key, round(value)])
  return {
    n,
    ...(Object.fromEntries(numbers) as typeof rest),
    std: std === null ? null : round(std),
    interval: interval && { ...interval, low: round(interval.low), high: round(interval.high) },
  }
}
