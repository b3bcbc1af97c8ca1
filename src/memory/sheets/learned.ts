import {
  knownBytes,
  type LearnedBytes,
  learnedPart,
  type MemoryNeed,
  type MemoryPart,
  type PartName,
  tokens,
} from '../need.ts'
import { type AboutToLoad, partsWhere, sheetFor } from './about-to-load.ts'
import { lineThrough, mean, rangeOf } from './line.ts'
import type { Sheet } from './types.ts'

/** What earlier loads say of a model, each part whole at a context. */
export interface Learned {
  parts: Partial<Record<PartName, LearnedBytes>>
  n: number
  /** Tokens of the loads that it comes from. */
  contexts: readonly number[]
  /** The context lies outside of them: what is said of it continues their line. */
  isBeyond: boolean
}

/**
 * What loads of a model have shown for a context: those of the same context where there is one, else the line through
 * at least two others. Null where there is neither.
 */
export function learnedFor(
  sheets: readonly Sheet[],
  about: AboutToLoad,
  context: number,
): Learned | null {
  const sheet = sheetFor(sheets, about)
  if (sheet === undefined) return null
  const points = sheet.loads.flatMap((load) => {
    const parts = partsWhere(load, about)
    return parts === null || load.context === null ? [] : [{ context: load.context, parts }]
  })
  const same = points.filter((point) => point.context === context)
  const chosen = same.length > 0 ? same : points
  const contexts = [...new Set(chosen.map((point) => point.context))].toSorted((a, b) => a - b)
  if (same.length === 0 && contexts.length < 2) return null
  return {
    parts: partsAt(chosen, context),
    n: chosen.length,
    contexts,
    isBeyond: context < contexts[0]! || context > contexts.at(-1)!,
  }
}

/** A need whose unknown parts are those that runs have shown. */
export function withLearned(need: MemoryNeed, learned: Learned | null): MemoryNeed {
  if (learned === null || need.parts.every(({ bytes }) => bytes !== null)) return need
  const parts = need.parts.map((part): MemoryPart => {
    const shown = learned.parts[part.name]
    return part.bytes === null && shown !== undefined ? learnedPart(part.name, shown) : part
  })
  if (parts.every((part, index) => part === need.parts[index])) return need
  const [first, last] = [learned.contexts[0]!, learned.contexts.at(-1)!]
  const range = first === last ? tokens(first) : `${tokens(first)} to ${tokens(last)}`
  const beyond = learned.isBeyond ? ', continued beyond them' : ''
  const ground = `${learned.n === 1 ? '1 load' : `${learned.n} loads`} of ${range} tokens${beyond}`
  return { ...need, parts, bytes: knownBytes(parts), restsOn: [...need.restsOn, ground] }
}

function partsAt(
  points: readonly { context: number; parts: Partial<Record<PartName, number>> }[],
  context: number,
): Learned['parts'] {
  const names = new Set(points.flatMap(({ parts }) => Object.keys(parts) as PartName[]))
  const learned: Learned['parts'] = {}
  for (const name of names) {
    const sizes = points.flatMap(({ context: x, parts }) => {
      const y = parts[name]
      return y === undefined ? [] : [{ x, y }]
    })
    const line = lineThrough(sizes)
    if (line === null && sizes[0]!.x !== context) continue
    const values = sizes.map(({ y }) => y)
    const bytes = line === null ? mean(values) : line.base + line.slope * context
    const ofOneContext = values.length < 2 ? null : rangeOf(values)
    const spread = line === null ? ofOneContext : line.spread
    learned[name] = { bytes: Math.max(0, Math.round(bytes)), n: values.length, spread }
  }
  return learned
}
