const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
/** For terminals whose font lacks blocks. */
const ASCII = ['_', '.', '-', '=', '+', '*', '#', '@']
/** Stands where a run does not tell the number. */
const GAP = ' '

/** Values as a line of blocks, from the lowest to the highest of them; one value, or all the same, is the middle. */
export function sparkline(values: readonly (number | null)[], isAscii = false): string {
  const steps = isAscii ? ASCII : BLOCKS
  const known = values.filter((value) => value !== null)
  const low = known.reduce((a, b) => Math.min(a, b), Infinity)
  const high = known.reduce((a, b) => Math.max(a, b), -Infinity)
  return values
    .map((value) => {
      if (value === null) return GAP
      const share = high > low ? (value - low) / (high - low) : 0.5
      return steps[Math.min(steps.length - 1, Math.floor(share * steps.length))]
    })
    .join('')
}
