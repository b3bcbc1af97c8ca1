import type { LlamaOptions } from './options.ts'

const PADDING = 256
/** What llama-server takes when it is not told how many: `--parallel -1` (llama.cpp, tools/server/server.cpp). */
const OWN_SLOTS = 4

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
  /** Tokens that are computed at a time. */
  ubatch: number
}

/** Cells as llama.cpp lays them out. `asked`: tokens of the context, before any of it is rounded up. */
export function cellsOf(asked: number, options: LlamaOptions): Cells {
  const slots = options.slots ?? OWN_SLOTS
  const unified = options.unified ?? options.slots === null
  const streams = unified ? 1 : slots
  // Rounded up before it is divided, and again after: together they can be more than what was asked for.
  const context = padded(asked)
  const cells = unified ? context : padded(Math.floor(context / slots))
  const ubatch = Math.min(asked, options.batch, options.ubatch)
  return { context, slots, unified, streams, cells, ubatch }
}

/** Cells of a stream in layers that keep a window of so many tokens. */
export function windowCells({ cells, slots, unified, ubatch }: Cells, window: number): number {
  return padded(Math.min(cells, window * (unified ? slots : 1) + ubatch))
}

function padded(count: number): number {
  return Math.ceil(count / PADDING) * PADDING
}
