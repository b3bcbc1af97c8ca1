const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
/** For terminals whose font lacks blocks. */
const ASCII = ['_', '.', '-', '=', '+', '*', '#', '@']
/** Stands where a run does not tell the number. */
const GAP = ' '

/** From which to which value a sparkline goes. */
export interface Scale {
  low: number
  high: number
}

/** Values as a line of blocks over a scale, as a rule from the lowest to the highest of them; all the same is the middle. */
export function sparkline(
  values: readonly (number | null)[],
  { isAscii = false, scale = scaleOf(values) }: { isAscii?: boolean; scale?: Scale } = {},
): string {
  const steps = isAscii ? ASCII : BLOCKS
  const { low, high } = scale
  return values
    .map((value) => {
      if (value === null) return GAP
      const share = high > low ? (value - low) / (high - low) : 0.5
      return steps[Math.max(0, Math.min(steps.length - 1, Math.floor(share * steps.length)))]
    })
    .join('')
}

/** From the lowest to the highest of the values that are known. */
export function scaleOf(values: readonly (number | null)[]): Scale {
  const known = values.filter((value) => value !== null)
  const low = known.reduce((a, b) => Math.min(a, b), Infinity)
  const high = known.reduce((a, b) => Math.max(a, b), -Infinity)
  return { low, high }
}
