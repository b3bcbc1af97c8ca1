/** One of several numbers that are judged together. */
export interface Judged {
  /** How likely at least as much would be, were chance all there is. */
  chance: number
  /** The least that this could have been: what only counts failures cannot be surprised where nothing fails. */
  least: number
}

/**
 * The chance below which a number is told to have changed, so that of quiet ones any at all is told in at most `level`
 * of the cases, however they depend on each other: Bonferroni's, shared among those alone that could get so low (Tarone
 * 1990, "A modified Bonferroni method for discrete data", Biometrics 46:2).
 */
export function limitOf(judged: readonly Judged[], level: number): number {
  for (let sharers = 1; sharers < judged.length; sharers += 1) {
    const limit = level / sharers
    if (judged.filter(({ least }) => least <= limit).length <= sharers) return limit
  }
  return level / Math.max(1, judged.length)
}
