/** Nodes that the exact search may visit: some milliseconds. */
const MOST_NODES = 200_000

/**
 * Divides pieces of work among a number of parts so that the longest part is as short as it can be made: longest first,
 * then MULTIFIT (Coffman, Garey, Johnson 1978), then moves and swaps out of the longest part, then an exact search of
 * bounded length. The same weights always give the same parts.
 *
 * @param weights - of each piece, at least 0, any unit
 * @param parts - how many, at least 1
 * @returns for each part the places of its pieces in `weights`, in ascending order; parts in order of their first piece,
 *   empty ones last
 */
export function partition(weights: readonly number[], parts: number): number[][] {
  const order = weights.map((_, place) => place).toSorted((a, b) => weights[b]! - weights[a]!)
  const candidates = [longestFirst(order, weights, parts), multifit(order, weights, parts)]
  const [best] = candidates
    .map((one) => improved(one, weights, parts))
    .toSorted((a, b) => longest(a, weights, parts) - longest(b, weights, parts))
  const owner = searched(order, weights, parts, best!)
  const divided = Array.from({ length: parts }, (): number[] => [])
  owner.forEach((part, place) => divided[part]!.push(place))
  return divided.toSorted((a, b) => (a[0] ?? weights.length) - (b[0] ?? weights.length))
}

/** Which part each piece belongs to. */
type Owners = number[]

function loads(owner: Owners, weights: readonly number[], parts: number): number[] {
  const sums = Array.from({ length: parts }, () => 0)
  owner.forEach((part, place) => (sums[part]! += weights[place]!))
  return sums
}

function longest(owner: Owners, weights: readonly number[], parts: number): number {
  return Math.max(...loads(owner, weights, parts))
}

function longestFirst(order: readonly number[], weights: readonly number[], parts: number): Owners {
  const owner: Owners = weights.map(() => 0)
  const sums = Array.from({ length: parts }, () => 0)
  for (const place of order) {
    const part = sums.indexOf(Math.min(...sums))
    owner[place] = part
    sums[part]! += weights[place]!
  }
  return owner
}

/** Packs into as low a ceiling as first fit decreasing finds room below, by halving. */
function multifit(order: readonly number[], weights: readonly number[], parts: number): Owners {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let low = Math.max(total / parts, ...weights, 0)
  let high = Math.max((2 * total) / parts, ...weights, 0)
  let best = longestFirst(order, weights, parts)
  for (let round = 0; round < 20; round += 1) {
    const ceiling = round === 0 ? low : (low + high) / 2
    const packed = firstFit(order, weights, parts, ceiling)
    if (packed === null) low = ceiling
    else [best, high] = [packed, ceiling]
  }
  return best
}

function firstFit(
  order: readonly number[],
  weights: readonly number[],
  parts: number,
  ceiling: number,
): Owners | null {
  const owner: Owners = weights.map(() => 0)
  const sums = Array.from({ length: parts }, () => 0)
  for (const place of order) {
    const part = sums.findIndex((sum) => sum + weights[place]! <= ceiling * (1 + Number.EPSILON))
    if (part === -1) return null
    owner[place] = part
    sums[part]! += weights[place]!
  }
  return owner
}

/** Moves a piece out of the longest part, or swaps it for a smaller one, while that shortens it. */
function improved(start: Owners, weights: readonly number[], parts: number): Owners {
  const owner = [...start]
  const sums = loads(owner, weights, parts)
  // Each round makes the longest part shorter; there are fewer of them than pieces in all that matters.
  for (let round = 0; round < weights.length * parts; round += 1) {
    const from = sums.indexOf(Math.max(...sums))
    const step = bestStep(owner, sums, weights, from)
    if (step === null) break
    owner[step.give] = step.to
    sums[from]! -= weights[step.give]!
    sums[step.to]! += weights[step.give]!
    if (step.take !== null) {
      owner[step.take] = from
      sums[from]! += weights[step.take]!
      sums[step.to]! -= weights[step.take]!
    }
  }
  return owner
}

interface Step {
  give: number
  to: number
  take: number | null
}

function bestStep(
  owner: Owners,
  sums: readonly number[],
  weights: readonly number[],
  from: number,
): Step | null {
  let best: Step | null = null
  let least = sums[from]! * (1 - 1e-12)
  const given = owner.flatMap((part, place) => (part === from ? [place] : []))
  for (const give of given) {
    for (let to = 0; to < sums.length; to += 1) {
      if (to === from) continue
      const moved = Math.max(sums[from]! - weights[give]!, sums[to]! + weights[give]!)
      if (moved < least) [best, least] = [{ give, to, take: null }, moved]
    }
    owner.forEach((to, take) => {
      const change = weights[give]! - weights[take]!
      if (to === from || change <= 0) return
      const swapped = Math.max(sums[from]! - change, sums[to]! + change)
      if (swapped < least) [best, least] = [{ give, to, take }, swapped]
    })
  }
  return best
}

/** Depth first, largest piece first, each into every part of another sum; ends when the least that is possible is reached. */
function searched(
  order: readonly number[],
  weights: readonly number[],
  parts: number,
  start: Owners,
): Owners {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const bound = Math.max(total / parts, ...weights, 0)
  let best = start
  let least = longest(start, weights, parts)
  let nodes = 0
  const owner: Owners = [...start]
  const sums = Array.from({ length: parts }, () => 0)
  const visit = (at: number): void => {
    nodes += 1
    if (nodes > MOST_NODES || isReached(least, bound)) return
    const place = order[at]
    if (place === undefined) {
      const found = Math.max(...sums)
      if (found < least) [best, least] = [[...owner], found]
      return
    }
    const tried = new Set<number>()
    for (let part = 0; part < parts; part += 1) {
      const sum = sums[part]!
      // Two parts of one sum are the same part to what is left.
      if (tried.has(sum) || sum + weights[place]! >= least) continue
      tried.add(sum)
      owner[place] = part
      sums[part] = sum + weights[place]!
      visit(at + 1)
      sums[part] = sum
    }
  }
  visit(0)
  return best
}

function isReached(least: number, bound: number): boolean {
  return least <= bound * (1 + 1e-9)
}
