/** So often at most are nights and scenarios fitted to each other; with no gaps once is enough. */
const MOST_ROUNDS = 200
const CLOSE_ENOUGH = 1e-12

/**
 * How high each night stands over all scenarios, where 0 is the mean of those nights that have any: the night's part of
 * `value = scenario + night + rest`, fitted by least squares. Of logarithms the difference of two nights is that of the
 * speed ratio over the scenarios that both have. A scenario that only one night has says nothing, so that adding one
 * moves no night. `scenarios`: a list a scenario, with the value of each night or null. Null for a night without any.
 *
 * The two-way additive model without interaction (Searle, Casella and McCulloch 1992, "Variance Components", 4.1), by
 * backfitting, which gives its least squares also where cells are empty.
 */
export function nightLevels(scenarios: readonly (readonly (number | null)[])[]): (number | null)[] {
  const nights = Math.max(0, ...scenarios.map((values) => values.length))
  const rows = scenarios
    .map((values) => values.map((value) => (Number.isFinite(value) ? value : null)))
    .filter((values) => values.filter((value) => value !== null).length > 1)
  const isKnown = Array.from({ length: nights }, (_, night) =>
    rows.some((row) => (row[night] ?? null) !== null),
  )
  const levels = isKnown.map(() => 0)
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const offsets = rows.map((row) => meanOf(row.map((value, night) => less(value, levels[night]))))
    let moved = 0
    for (let night = 0; night < nights; night += 1) {
      if (!isKnown[night]) continue
      const next = meanOf(rows.map((row, at) => less(row[night] ?? null, offsets[at])))
      moved = Math.max(moved, Math.abs(next - (levels[night] ?? 0)))
      levels[night] = next
    }
    if (moved < CLOSE_ENOUGH) break
  }
  const middle = meanOf(levels.map((level, night) => (isKnown[night] ? level : null)))
  return levels.map((level, night) => (isKnown[night] ? level - middle : null))
}

function less(value: number | null, other: number | undefined): number | null {
  return value === null ? null : value - (other ?? 0)
}

/** Of those that are known; 0 of none. */
function meanOf(values: readonly (number | null)[]): number {
  let sum = 0
  let n = 0
  for (const value of values) {
    if (value === null) continue
    sum += value
    n += 1
  }
  return n === 0 ? 0 : sum / n
}
