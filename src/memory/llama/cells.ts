import type { ModelShape } from '../shape.ts'
import type { LlamaOptions } from './options.ts'

const PADDING = 256
/** What llama-server takes when it is not told how many: `--parallel -1` (llama.cpp, tools/server/server.cpp). */
const OWN_SLOTS = 4
/** Tokens that Ollama's own engine keeps of a window of gpt-oss, so that it finds its way back (model/models/gptoss). */
const OLLAMA_GPT_OSS_MEMORY = 4_096
/** Copies of a state that Ollama's own engine keeps to go back to (kvcache/recurrent.go). */
const OLLAMA_CHECKPOINTS = 24

/** The cells of a context: what each holds is one token's. */
export interface Cells {
  /** The whole context, in tokens. */
  context: number
  slots: number
  unified: boolean
  /** Caches that lie side by side. */
  streams: number
  /** Cells of each stream. */
  cells: number
  /** Cells of each stream in layers that keep the tokens of a window. */
  windowCells: number
  /** States of a conversation that are kept for each slot. */
  states: number
  /** Tokens that are computed at a time. */
  ubatch: number
}

/** The cells of a model's context. `asked`: tokens of the context, before any of it is rounded up. */
export function cellsOf(shape: ModelShape, asked: number, options: LlamaOptions): Cells {
  return options.engine === 'ollama'
    ? ollamaCells(shape, asked, options)
    : llamaCells(shape, asked, options)
}

function llamaCells({ window }: ModelShape, asked: number, options: LlamaOptions): Cells {
  const slots = options.slots ?? OWN_SLOTS
  // Who leaves the slots to the engine gets one cache, whatever else is said.
  const unified = options.slots === null || options.unified === true
  const streams = unified ? 1 : slots
  // Rounded up before it is divided, and again after: together they can be more than what was asked for.
  const context = padded(asked)
  const cells = unified ? context : padded(Math.floor(context / slots))
  const ubatch = Math.min(asked, options.batch, options.ubatch)
  const windowCells =
    window === null || options.fullWindows
      ? cells
      : padded(Math.min(cells, window * (unified ? slots : 1) + ubatch))
  return { context, slots, unified, streams, cells, windowCells, states: 1, ubatch }
}

/** As Ollama's own engine lays out its caches (kvcache/causal.go, `Init`): one for all slots, which each have the whole context. */
function ollamaCells(shape: ModelShape, asked: number, options: LlamaOptions): Cells {
  const slots = options.slots ?? 1
  const cells = padded(slots * asked)
  const ubatch = Math.min(asked, options.ubatch)
  const kept = ollamaWindow(shape, slots)
  const windowCells = kept >= asked ? cells : padded(slots * kept + ubatch)
  const states = 1 + OLLAMA_CHECKPOINTS
  return { context: asked, slots, unified: true, streams: 1, cells, windowCells, states, ubatch }
}

function ollamaWindow({ architecture, window }: ModelShape, slots: number): number {
  // What llama4 calls a window are pieces that attention is cut into; all of them are kept.
  if (window === null || architecture === 'llama4') return Infinity
  const memory = architecture === 'gpt-oss' ? OLLAMA_GPT_OSS_MEMORY : window
  return slots > 1 ? Math.max(memory, window + 1) : memory
}

function padded(count: number): number {
  return Math.ceil(count / PADDING) * PADDING
}
