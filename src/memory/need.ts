import type { MEMORY_PARTS } from '../events/memory-parts.ts'

/** Where a number of bytes comes from. */
export type PartSource =
  /** Of `n` runs; `spread`: bytes between the least and the most of them, null of one run. */
  | { from: 'learned'; n: number; spread: number | null }
  /** By rules of the engine that are exact, or by a slope that is known. */
  | { from: 'predicted' }
  | { from: 'unknown'; why: string }

/** What memory is taken for. */
export type PartName = (typeof MEMORY_PARTS)[number]

/** A part of what a model needs. */
export interface MemoryPart {
  name: PartName
  /** Null where it is not known. */
  bytes: number | null
  source: PartSource
}

/** What one model of a loadout needs. */
export interface MemoryNeed {
  model: string
  parts: readonly MemoryPart[]
  /** Sum of what is known, bytes; null when the weights are not known. */
  bytes: number | null
  /** What the estimate rests on, each a short phrase: `context 8,192`, `4 slots, one unified cache`, `Flash Attention on`. */
  restsOn: readonly string[]
  /** The largest context in tokens that fits into so many free bytes; null: not known, or none does. */
  contextFor(freeBytes: number): number | null
}

/** A number of bytes that runs have shown. */
export interface LearnedBytes {
  bytes: number
  /** Runs that it comes from. */
  n: number
  /** Bytes between the least and the most of them; null of one run. */
  spread: number | null
}

/** A part that runs have shown. */
export function learnedPart(name: PartName, { bytes, n, spread }: LearnedBytes): MemoryPart {
  return { name, bytes, source: { from: 'learned', n, spread } }
}

/** A part that follows from the rules of the engine. */
export function predictedPart(name: PartName, bytes: number): MemoryPart {
  return { name, bytes, source: { from: 'predicted' } }
}

/** A part of which only is known that it is there. */
export function unknownPart(name: PartName, why: string): MemoryPart {
  return { name, bytes: null, source: { from: 'unknown', why } }
}

/** What is known of the parts together, bytes; null without the weights. */
export function knownBytes(parts: readonly MemoryPart[]): number | null {
  const weights = parts.find(({ name }) => name === 'weights')
  if (weights === undefined || weights.bytes === null) return null
  return parts.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
}

/** A number of tokens as people read it: `8,192`. */
export function tokens(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
}
