/** A straight line through points. */
export interface Line {
  /** Where x is 0. */
  base: number
  slope: number
  /** How far the points lie from it: from the furthest below to the furthest above. Null for two, which say nothing of it. */
  spread: number | null
}

interface Point {
  x: number
  y: number
}

/** The line of the least squares; null where all points have one x. */
export function lineThrough(points: readonly Point[]): Line | null {
  const meanX = mean(points.map(({ x }) => x))
  const meanY = mean(points.map(({ y }) => y))
  let [squares, products] = [0, 0]
  for (const { x, y } of points) {
    squares += (x - meanX) ** 2
    products += (x - meanX) * (y - meanY)
  }
  if (points.length === 0 || squares === 0) return null
  const slope = products / squares
  const base = meanY - slope * meanX
  const rests = points.map(({ x, y }) => y - (base + slope * x))
  return { base, slope, spread: rests.length < 3 ? null : Math.round(rangeOf(rests)) }
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** From the least to the most. */
export function rangeOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values)
}
