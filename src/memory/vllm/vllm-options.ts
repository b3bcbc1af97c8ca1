import type { Flags } from '../llama/options-of.ts'

/** How vLLM is started, as far as its memory depends on it. */
export interface VllmOptions {
  /** Tokens of the context; null: all of the model. */
  context: number | null
  /** Cards that share the model. */
  cards: number
  /** Type that weights are computed in; `auto`: as the configuration says. */
  dtype: string
  /** Type of K and V; `auto`: that of the weights. */
  cacheType: string
  /** The method by which weights are quantised; null: as they are stored. */
  quantization: string | null
  /** The most tokens that are computed at a time. */
  batchedTokens: number
}

/** What vLLM computes at a time where nobody says (vllm/engine/arg_utils.py, for an API server). */
const BATCHED_TOKENS = 2_048

/** How vLLM is started by the flags of a plan. */
export function vllmOptionsOf(flags: Flags): VllmOptions {
  const text = (flag: string): string | null => {
    const value = flags[flag]
    return typeof value === 'string' ? value : null
  }
  return {
    context: tokensOf(text('ctx')),
    cards: Number(text('tensor_parallel') ?? 1),
    dtype: text('dtype') ?? 'auto',
    cacheType: text('kv_cache_dtype') ?? 'auto',
    quantization: text('quantization'),
    batchedTokens: BATCHED_TOKENS,
  }
}

/** `8192`, `16k` (thousands) or `16K` (of 1,024), as vLLM reads them. */
function tokensOf(value: string | null): number | null {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([kKmM]?)$/.exec(value ?? '') ?? []
  const factor = { '': 1, k: 1e3, K: 1_024, m: 1e6, M: 1_024 ** 2 }[unit]
  return number === '' || factor === undefined ? null : Math.floor(Number(number) * factor)
}
