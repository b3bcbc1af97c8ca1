/** How often a scenario failed on the nights before and on those that are asked about. */
export interface Outcomes {
  before: { failed: number; n: number }
  now: { failed: number; n: number }
}

/** Chances that differ by no more than rounding count as equal, as in R's `fisher.test`. */
const SLACK = 1 + 1e-7

/**
 * The two-sided chance of so many or so few failures on the newest nights, were each scenario as likely to fail then as
 * before: each scenario is held against itself, so that one which fails now and then weighs accordingly and one that
 * has always failed not at all. Of one scenario it is Fisher's exact test. `least`: the lowest chance that as many failures
 * could have had.
 *
 * The exact test over strata of Birch 1964, "The detection of partial association, I", J. R. Statist. Soc. B 26:2,
 * two-sided by the chances that are no higher than the one that was seen.
 */
export function outcomeChance(scenarios: readonly Outcomes[]): { chance: number; least: number } {
  let chances = [1]
  let seen = 0
  for (const { before, now } of scenarios) {
    seen += now.failed
    chances = convolved(
      chances,
      hypergeometric(before.n + now.n, before.failed + now.failed, now.n),
    )
  }
  const upTo = (limit: number): number =>
    Math.min(
      1,
      chances.reduce((sum, chance) => (chance <= limit ? sum + chance : sum), 0),
    )
  const [ends] = [chances[0] ?? 1, chances.at(-1) ?? 1].toSorted((a, b) => a - b)
  return { chance: upTo((chances[seen] ?? 0) * SLACK), least: upTo((ends ?? 1) * SLACK) }
}

/** The chance of each number of failures among `drawn` of `all` nights of which `failed` failed. */
function hypergeometric(all: number, failed: number, drawn: number): number[] {
  return Array.from({ length: Math.min(failed, drawn) + 1 }, (_, k) => {
    const log = choose(failed, k) + choose(all - failed, drawn - k) - choose(all, drawn)
    return Math.exp(log)
  })
}

/** The logarithm of the binomial coefficient; minus infinity where there is no way to choose. */
function choose(n: number, k: number): number {
  if (k < 0 || k > n) return -Infinity
  let log = 0
  for (let i = 1; i <= k; i += 1) log += Math.log((n - k + i) / i)
  return log
}

function convolved(one: readonly number[], other: readonly number[]): number[] {
  if (other.length === 1) return one.map((chance) => chance * (other[0] ?? 1))
  const sum = Array.from({ length: one.length + other.length - 1 }, () => 0)
  for (const [i, a] of one.entries()) {
    for (const [j, b] of other.entries()) sum[i + j] = (sum[i + j] ?? 0) + a * b
  }
  return sum
}

/** 97.5 % of the standard normal distribution. */
const Z = 1.959_963_984_540_054

/**
 * The difference of two shares with its 95 % interval, from the score intervals of both.
 *
 * Newcombe 1998, "Interval estimation for the difference between independent proportions", Stat. Med. 17:8, method 10.
 */
export function shareDifference(
  before: { part: number; n: number },
  now: { part: number; n: number },
): { size: number; low: number; high: number } {
  const [a, b] = [wilson(before), wilson(now)]
  const size = b.share - a.share
  return {
    size,
    low: size - Math.hypot(b.share - b.low, a.high - a.share),
    high: size + Math.hypot(b.high - b.share, a.share - a.low),
  }
}

/** Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22. */
function wilson({ part, n }: { part: number; n: number }) {
  const share = part / n
  const middle = share + (Z * Z) / (2 * n)
  const margin = Z * Math.sqrt((share * (1 - share)) / n + (Z * Z) / (4 * n * n))
  const scale = 1 + (Z * Z) / n
  return { share, low: (middle - margin) / scale, high: (middle + margin) / scale }
}
