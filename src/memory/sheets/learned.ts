import type { LearnedBytes, PartName } from '../need.ts'
import { lineThrough, mean, rangeOf } from './line.ts'
import type { MemoryLoad, Sheet } from './types.ts'

/** What somebody wants to know of a model before it is loaded; what is not known yet is left out. */
export interface Wanted {
  engine: string
  /** As the plan names it; `#ctx` does not matter. */
  model: string
  device: string | null
  context: number
  version?: string | null
  kvType?: string | null
  flashAttention?: boolean | null
  slots?: number | null
}

/** What earlier loads say of it, each part whole at that context. */
export interface Learned {
  parts: Partial<Record<PartName, LearnedBytes>>
  overhead: LearnedBytes | null
  n: number
  /** Tokens of the loads that it comes from. */
  contexts: readonly number[]
  /** The context lies outside of them: what is said of it continues their line. */
  isBeyond: boolean
  /** Sessions. */
  from: readonly string[]
}

/**
 * What loads of the same model, engine and device have shown, for a context: that of the same context where there is one,
 * else on the line through at least two others. Null where there is neither.
 */
export function learnedFor(sheets: readonly Sheet[], wanted: Wanted): Learned | null {
  const sheet = sheets.findLast((one) => fits(one, wanted))
  if (sheet === undefined) return null
  const { context } = wanted
  const same = sheet.loads.filter((load) => load.context === context)
  const loads = same.length > 0 ? same : sheet.loads.filter((load) => load.context !== null)
  const contexts = [...new Set(loads.flatMap((load) => load.context ?? []))].toSorted(
    (a, b) => a - b,
  )
  if (same.length === 0 && contexts.length < 2) return null
  return {
    parts: partsAt(loads, context),
    overhead: sheet.overhead,
    n: loads.length,
    contexts,
    isBeyond: context < contexts[0]! || context > contexts.at(-1)!,
    from: [...new Set(loads.map(({ session }) => session))],
  }
}

function fits(sheet: Sheet, wanted: Wanted): boolean {
  const agrees = <Value>(known: Value | null, asked: Value | null | undefined): boolean =>
    asked === undefined || asked === null || known === null || known === asked
  return (
    sheet.engine === wanted.engine &&
    sheet.model === wanted.model.replaceAll(/#ctx=[^#]*/g, '') &&
    agrees(sheet.device, wanted.device) &&
    agrees(sheet.version, wanted.version) &&
    agrees(sheet.kv_type, wanted.kvType) &&
    agrees(sheet.flash_attention, wanted.flashAttention) &&
    agrees(sheet.slots, wanted.slots)
  )
}

function partsAt(loads: readonly MemoryLoad[], context: number): Learned['parts'] {
  const names = new Set(loads.flatMap(({ parts }) => Object.keys(parts) as PartName[]))
  const learned: Learned['parts'] = {}
  for (const name of names) {
    const points = loads.flatMap(({ context: x, parts }) => {
      const y = parts[name]
      return x === null || y === undefined ? [] : [{ x, y }]
    })
    const line = lineThrough(points)
    const sizes = points.map(({ y }) => y)
    if (sizes.length === 0 || (line === null && points[0]!.x !== context)) continue
    const bytes = line === null ? mean(sizes) : line.base + line.slope * context
    const spread =
      points.length < 2 ? null : Math.round(line === null ? rangeOf(sizes) : line.spread)
    learned[name] = { bytes: Math.max(0, Math.round(bytes)), n: points.length, spread }
  }
  return learned
}
