import { median } from '../../metrics/speed-ratio.ts'

/** One attempt of a scenario, as far as it says how fast it was by one number. */
export interface Attempt {
  /** NaN where it does not tell. */
  value: number
  flags: readonly string[]
  /** Parameters that it was asked for without. */
  without: readonly string[]
}

/** What is kept of a result besides its numbers. */
interface Head {
  scenario: number
  passed: boolean
  cold: boolean
  flags: readonly string[]
  without: readonly string[]
}

const PASSED = 1
const COLD = 2
const SPILLED = 'cpu_offload'
const NONE: readonly string[] = []
const NO_ROW = -1

/**
 * The results of one loadout as columns of numbers, a row each: an object for each would cost ten times the memory.
 * Scenarios and numbers are named by their positions.
 */
export class Attempts {
  readonly #scenarios: number[] = []
  readonly #states: number[] = []
  readonly #columns: number[][] = []
  /** Of the few rows that have any. */
  readonly #remarks = new Map<number, Pick<Attempt, 'flags' | 'without'>>()
  /** Rows that passed, and those of them whose model did not lie on the GPU as a whole. */
  #passes = 0
  #spilled = 0
  #index: { first: Int32Array; next: Int32Array; passes: Uint8Array; passed: number } | null = null

  add({ scenario, passed, cold, flags, without }: Head): void {
    const row = this.#scenarios.push(scenario) - 1
    this.#states.push((passed ? PASSED : 0) | (cold ? COLD : 0))
    if (passed) {
      this.#passes += 1
      if (flags.includes(SPILLED)) this.#spilled += 1
    }
    if (flags.length > 0 || without.length > 0) this.#remarks.set(row, { flags, without })
    this.#index = null
  }

  /** Adds a number of the row that was added last. */
  addNumber(column: number, value: number): void {
    const values = (this.#columns[column] ??= [])
    while (values.length < this.#scenarios.length - 1) values.push(Number.NaN)
    values.push(value)
  }

  /** Whether the model of all that passed did not lie on the GPU as a whole. */
  get isSpilled(): boolean {
    return this.#passes > 0 && this.#spilled === this.#passes
  }

  /** Whether each repeat of a scenario passed; false for one that it does not have. */
  passes(scenario: number): boolean {
    return this.#indexed().passes[scenario] === 1
  }

  /** How many of its scenarios passed. */
  get passed(): number {
    return this.#indexed().passed
  }

  /** Whether a scenario that passed has the number. */
  tells(column: number): boolean {
    const values = this.#columns[column] ?? []
    return values.some((value, row) => !Number.isNaN(value) && this.passes(this.#scenarios[row]!))
  }

  /** The median of the attempts at a scenario that were cold, or of those that were not; null where there is none above 0. */
  medianOf(scenario: number, column: number, cold: boolean): number | null {
    const { first, next } = this.#indexed()
    const values = this.#columns[column] ?? []
    const found: number[] = []
    for (let row = first[scenario] ?? NO_ROW; row >= 0; row = next[row]!) {
      const isCold = (this.#states[row]! & COLD) !== 0
      const value = values[row] ?? Number.NaN
      if (isCold !== cold || !(value > 0)) continue
      // Of nearly all there is one.
      if (found.length === 0 && next[row] === NO_ROW) return value
      found.push(value)
    }
    return median(found)
  }

  /** Whether there is anything to be said of any of them. */
  get hasRemarks(): boolean {
    return this.#remarks.size > 0
  }

  /** The attempts at a scenario. */
  of(scenario: number, column: number): Attempt[] {
    const { first, next } = this.#indexed()
    const found: Attempt[] = []
    for (let row = first[scenario] ?? NO_ROW; row >= 0; row = next[row]!) {
      const { flags, without } = this.#remarks.get(row) ?? { flags: NONE, without: NONE }
      const value = this.#columns[column]?.[row] ?? Number.NaN
      found.push({ value, flags, without })
    }
    return found
  }

  /** The rows of each scenario, as lists in arrays. */
  #indexed() {
    if (this.#index !== null) return this.#index
    const rows = this.#scenarios.length
    const scenarios = this.#scenarios.reduce((most, one) => Math.max(most, one + 1), 0)
    const [first, next] = [new Int32Array(scenarios).fill(NO_ROW), new Int32Array(rows)]
    const passes = new Uint8Array(scenarios)
    for (let row = rows - 1; row >= 0; row -= 1) {
      const scenario = this.#scenarios[row]!
      const passed = (this.#states[row]! & PASSED) !== 0
      passes[scenario] = passed && (first[scenario] === NO_ROW || passes[scenario] === 1) ? 1 : 0
      next[row] = first[scenario]!
      first[scenario] = row
    }
    const passed = passes.reduce((sum, one) => sum + one, 0)
    this.#index = { first, next, passes, passed }
    return this.#index
  }
}
