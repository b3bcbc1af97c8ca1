import type { LayerShape, ModelShape } from '../shape.ts'
import type { Cells } from './cells.ts'
import type { LlamaOptions } from './options.ts'
import { rowBytes } from './row-bytes.ts'

const F32_BYTES = 4
const F16_BYTES = 2

/** Bytes of what an engine allocates for a context. */
export interface Caches {
  /** K and V of all layers, with what an indexer keeps. */
  kv: number
  /** What recurrent layers keep. */
  state: number
  /** Logits of the next token of each slot. */
  output: number
  /** What of the buffer for computing is known: what grows with the context. The rest depends on version, architecture, backend. */
  compute: number
}

/** The caches of a model, or of some of its layers, as llama.cpp prints them to the hundredth of a MiB. */
export function cachesOf(
  shape: ModelShape,
  cells: Cells,
  options: LlamaOptions,
  layers: readonly LayerShape[] = shape.layers,
): Caches {
  return {
    kv: sum(layers.map((layer) => layerBytes(shape, layer, cells, options))) * cells.streams,
    // F32 whatever K and V are, and for each slot also in a unified cache.
    state: sum(layers.map(({ state }) => state)) * cells.slots * cells.states * F32_BYTES,
    output: cells.slots * (shape.vocabulary ?? 0) * F32_BYTES,
    compute: computeSlope(shape, cells, options) * cells.cells + logitBytes(shape, cells, options),
  }
}

/** Bytes of a layer in each stream. */
function layerBytes(
  { widestV }: ModelShape,
  { k, v, latentV, windowed, indexer }: LayerShape,
  { cells, windowCells }: Cells,
  { engine, typeK, typeV, flashAttention }: LlamaOptions,
): number {
  const ollama = engine === 'ollama'
  // Without Flash Attention V lies transposed, and in llama.cpp all layers' rows are as wide as the widest.
  const width = flashAttention || ollama || v === 0 ? v : widestV
  const row = rowBytes(typeK, k) + rowBytes(typeV, ollama ? width + latentV : width)
  return row * (windowed ? windowCells : cells) + rowBytes(typeK, indexer) * cells
}

/** Bytes of the buffer for computing that the logits of all tokens take. */
function logitBytes({ vocabulary }: ModelShape, { ubatch }: Cells, options: LlamaOptions): number {
  return options.allLogits ? F32_BYTES * ubatch * (vocabulary ?? 0) : 0
}

/** Bytes of the buffer for computing that each cell takes. */
function computeSlope(shape: ModelShape, { ubatch }: Cells, options: LlamaOptions): number {
  // The scores of all heads, and the mask: both F32.
  if (!options.flashAttention) return F32_BYTES * ubatch * (shape.heads + 1)
  // The mask, in F16; with an indexer, its scores and what is chosen by them as well.
  const indexed = shape.layers.some(({ indexer }) => indexer > 0)
  return F16_BYTES * ubatch * (indexed ? 4 : 1)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
