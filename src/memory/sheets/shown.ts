import type { LearnedBytes } from '../need.ts'
import { type AboutToLoad, partsWhere, sheetFor } from './about-to-load.ts'
import { mean, rangeOf } from './line.ts'
import type { Sheet } from './types.ts'

/** What runs have shown of what no rule gives. */
export interface Shown {
  /** The buffer for computing, without what grows with the context. */
  compute?: LearnedBytes
  /** What the process takes besides. */
  overhead?: LearnedBytes
}

/**
 * What the newest sheet of a model has shown. `growing`: what of a load's buffer for computing came of its context, by the
 * rules of the engine.
 */
export function shownOf(
  sheets: readonly Sheet[],
  about: AboutToLoad,
  growing: (context: number) => number,
): Shown {
  const sheet = sheetFor(sheets, about)
  if (sheet === undefined) return {}
  const fixed = sheet.loads.flatMap((load) => {
    const whole = partsWhere(load, about)?.compute
    return whole === undefined || load.context === null ? [] : [whole - growing(load.context)]
  })
  const compute = together(fixed)
  const told = together(sheet.loads.flatMap(({ parts }) => parts.overhead ?? []))
  const overhead = told ?? sheet.overhead
  return { ...(compute !== null && { compute }), ...(overhead !== null && { overhead }) }
}

function together(sizes: readonly number[]): LearnedBytes | null {
  if (sizes.length === 0) return null
  const spread = sizes.length > 1 ? rangeOf(sizes) : null
  return { bytes: Math.round(mean(sizes)), n: sizes.length, spread }
}
