import { studentChance, studentQuantile } from '../../metrics/student-t.ts'

/** A place in a series from which on it is different. */
export interface ChangePoint {
  /** The position of the first value of the new level. */
  at: number
  /** The new level less the one before, with Student's 95 % interval. */
  size: number
  low: number
  high: number
  /** How many values each level is of. */
  before: number
  after: number
}

/** A level that fewer nights have is an outlier, or too new: the verdict of the newest night tells of that. */
const SHORTEST = 3
const LEVEL = 0.95

/**
 * Where a series changes, so that of series which never do at most `level` have anything told of them. Cut after cut: a
 * level is held against the rest of its part wherever it may begin and end, by Student's t of two samples; the chance
 * is shared out among all these places, half to levels that last until the end of the part, half to those that come and
 * go, which cutting in two alone would not see.
 *
 * Circular binary segmentation, Olshen, Venkatraman, Lucito and Wigler 2004, Biostatistics 5:4, with Bonferroni's bound
 * in place of permutations, as series of nights are too short for them.
 */
export function changePointsOf(values: readonly number[], level: number): ChangePoint[] {
  const cuts = cutsIn(values, 0, level)
  const edges = [0, ...cuts, values.length]
  return cuts.map((at, index) => {
    const before = values.slice(edges[index], at)
    const after = values.slice(at, edges[index + 2])
    return { at, ...differenceOf(before, after), before: before.length, after: after.length }
  })
}

function cutsIn(values: readonly number[], offset: number, level: number): number[] {
  const found = bestLevel(values)
  if (found === null || found.chance > level) return []
  const edges = [found.from, found.to].filter((at) => at > 0 && at < values.length)
  const parts = [0, ...edges, values.length]
  return parts.slice(1).flatMap((end, index) => {
    const start = parts[index] ?? 0
    const within = cutsIn(values.slice(start, end), offset + start, level)
    return start === 0 ? within : [offset + start, ...within]
  })
}

/** The level that chance explains least, with that chance. */
export function bestLevel(
  values: readonly number[],
): { from: number; to: number; chance: number } | null {
  const n = values.length
  if (n < 2 * SHORTEST) return null
  const sums = sumsOf(values)
  const squares = sumsOf(values.map((value) => value ** 2))
  let [lasting, passing] = [0, 0]
  let best: { from: number; to: number; p: number; isLasting: boolean } | null = null
  for (let from = 0; from <= n - SHORTEST; from += 1) {
    for (let to = from + SHORTEST; to <= n; to += 1) {
      const isLasting = from === 0 || to === n
      const isCut = isLasting ? n - (to - from) >= SHORTEST : from >= SHORTEST && n - to >= SHORTEST
      // A level from the beginning is that from its end to the end of the part.
      if (!isCut || (from === 0 && to < n)) continue
      if (isLasting) lasting += 1
      else passing += 1
      const p = chanceApart(from, to, sums, squares)
      if (best === null || p < best.p) best = { from, to, p, isLasting }
    }
  }
  if (best === null) return null
  const shared = passing === 0 ? 1 : 2
  const chance = Math.min(1, best.p * (best.isLasting ? lasting : passing) * shared)
  return { from: best.from, to: best.to, chance }
}

function chanceApart(
  from: number,
  to: number,
  sums: readonly number[],
  squares: readonly number[],
): number {
  const n = sums.length - 1
  const of = (all: readonly number[], a: number, b: number): number => (all[b] ?? 0) - (all[a] ?? 0)
  const [inside, all] = [of(sums, from, to), of(sums, 0, n)]
  const [k, rest] = [to - from, n - (to - from)]
  const [one, other] = [inside / k, (all - inside) / rest]
  const within = of(squares, 0, n) - k * one ** 2 - rest * other ** 2
  const difference = Math.abs(one - other)
  // What differs by rounding alone is the same.
  if (difference <= 1e-9 * Math.max(Math.abs(one), Math.abs(other), 1e-3)) return 1
  const variance = Math.max(within, 0) / (n - 2)
  const t = difference / Math.sqrt(variance * (1 / k + 1 / rest))
  return Number.isFinite(t) ? 2 * studentChance(-t, n - 2) : 0
}

function differenceOf(before: readonly number[], after: readonly number[]) {
  const [a, b] = [momentsOf(before), momentsOf(after)]
  const freedom = before.length + after.length - 2
  const variance = (a.squares + b.squares) / freedom
  const error = Math.sqrt(variance * (1 / before.length + 1 / after.length))
  const margin = studentQuantile((1 + LEVEL) / 2, freedom) * error
  const size = b.mean - a.mean
  return { size, low: size - margin, high: size + margin }
}

function momentsOf(values: readonly number[]): { mean: number; squares: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) }
}

function sumsOf(values: readonly number[]): number[] {
  const sums = [0]
  for (const value of values) sums.push((sums.at(-1) ?? 0) + value)
  return sums
}
