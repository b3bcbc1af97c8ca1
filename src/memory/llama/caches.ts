import type { ModelShape } from '../shape.ts'
import { type Cells, windowCells } from './cells.ts'
import type { LlamaOptions } from './options.ts'
import { rowBytes } from './row-bytes.ts'

const F32_BYTES = 4
const F16_BYTES = 2

/** Bytes of what llama.cpp allocates for a context. */
export interface Caches {
  /** K and V of all layers, with what an indexer keeps. */
  kv: number
  /** What recurrent layers keep. */
  state: number
  /** Logits of the next token of each slot. */
  output: number
  /** What of the buffer for computing grows with the context; the rest of it depends on version, architecture and backend. */
  compute: number
}

/** The caches of a model, as the engine prints them to the hundredth of a MiB. */
export function cachesOf(shape: ModelShape, cells: Cells, options: LlamaOptions): Caches {
  return {
    kv: kvBytes(shape, cells, options),
    // F32 whatever K and V are, and for each slot also in a unified cache.
    state: sum(shape.layers.map(({ state }) => state)) * cells.slots * F32_BYTES,
    output: cells.slots * (shape.vocabulary ?? 0) * F32_BYTES,
    compute: computeSlope(shape, cells, options) * cells.cells,
  }
}

function kvBytes(shape: ModelShape, cells: Cells, options: LlamaOptions): number {
  const { typeK, typeV, flashAttention, fullWindows } = options
  const inWindow =
    shape.window === null || fullWindows ? cells.cells : windowCells(cells, shape.window)
  const layers = shape.layers.map(({ k, v, windowed, indexer }) => {
    // Without Flash Attention V lies transposed, and all layers' rows are as wide as the widest.
    const width = flashAttention || v === 0 ? v : shape.widestV
    const row = rowBytes(typeK, k) + rowBytes(typeV, width)
    return row * (windowed ? inWindow : cells.cells) + rowBytes(typeK, indexer) * cells.cells
  })
  return sum(layers) * cells.streams
}

/** Bytes of the buffer for computing that each cell takes. */
function computeSlope(shape: ModelShape, { ubatch }: Cells, options: LlamaOptions): number {
  // The scores of all heads, and the mask: both F32.
  if (!options.flashAttention) return F32_BYTES * ubatch * (shape.heads + 1)
  // The mask, in F16; an indexer has scores of its own in F32.
  const indexed = shape.layers.some(({ indexer }) => indexer > 0)
  return F16_BYTES * ubatch * (indexed ? 2 : 1)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
