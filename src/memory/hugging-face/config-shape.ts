import type { Unknown } from '../shape.ts'

/** What of a model's configuration decides what vLLM keeps of a context. */
export interface AttentionShape {
  /** Layers that keep all tokens. */
  layers: number
  /** Layers that keep the tokens of a window. */
  windowLayers: number
  /** Tokens of the window; 0 without one. */
  window: number
  /** Heads of K and V, which several cards share out. */
  kvHeads: number
  /** Numbers of K, and as many of V, in each of them. */
  headLength: number
  /** Numbers that a latent model keeps of a token in place of all heads; null: it is none. */
  latent: number | null
  /** Tokens that the model was made for. */
  contextLength: number | null
}

/** More than any model has: of such a configuration nothing is believed. */
const LARGEST = 1e8
/** Models whose layers all keep K and V, by `model_type`. */
const KNOWN = new Set(
  [
    'apertus arcee cohere cohere2 deepseek_v2 deepseek_v3 dots1 ernie4_5 ernie4_5_moe exaone4 falcon gemma gemma2 gemma3 gemma3_text glm',
    'glm4 glm4_moe gpt2 gpt_neox gpt_oss granite granitemoe hunyuan_v1_dense hunyuan_v1_moe internlm2 internlm3 kimi_k2 llama',
    'minicpm minimax_m2 mistral mistral3 mixtral nemotron olmo olmo2 olmo3 olmoe phi phi3 phimoe pixtral qwen2 qwen2_5_vl',
    'qwen2_5_vl_text qwen2_moe qwen2_vl qwen2_vl_text qwen3 qwen3_moe qwen3_vl qwen3_vl_moe qwen3_vl_moe_text qwen3_vl_text seed_oss',
    'smollm3 stablelm starcoder2',
  ].flatMap((line) => line.split(' ')),
)
/** Every so many layers one keeps all tokens, where the configuration does not list them. */
const PERIODS: Readonly<Record<string, number>> = {
  gemma2: 2,
  gemma3_text: 6,
  gpt_oss: 2,
  cohere2: 4,
}

type Config = Readonly<Record<string, unknown>>

/** What `config.json` says of what a context takes; of a model that hears or sees, its language model's part. */
export function shapeOfConfig(config: Config): AttentionShape | Unknown {
  const outer = textOf(config['model_type'])
  const own = languageModel(config)
  const type = textOf(own['model_type']) ?? outer
  if (outer === null || type === null) return { unknown: 'config.json names no model_type' }
  const strange = [outer, type].find((name) => !KNOWN.has(name))
  if (strange !== undefined) return { unknown: `the model type ${strange} is not known` }
  const all = countOf(own['num_hidden_layers'])
  const heads = countOf(own['num_attention_heads'])
  const width = countOf(own['hidden_size'])
  if (all === null || heads === null || width === null) {
    return { unknown: 'config.json does not say how many layers and heads the model has' }
  }
  const windows = windowsOf(own, type, all)
  if ('unknown' in windows) return windows
  const rank = countOf(own['kv_lora_rank'])
  return {
    ...windows,
    kvHeads: countOf(own['num_key_value_heads']) ?? heads,
    headLength: countOf(own['head_dim']) ?? Math.floor(width / heads),
    latent: rank === null ? null : rank + (countOf(own['qk_rope_head_dim']) ?? 0),
    contextLength: countOf(own['max_position_embeddings']),
  }
}

/** The part of a configuration that is of the language model. */
export function languageModel(config: Config): Config {
  const text = config['text_config']
  return typeof text === 'object' && text !== null ? (text as Config) : config
}

type Windows = Pick<AttentionShape, 'layers' | 'windowLayers' | 'window'>

function windowsOf(config: Config, type: string, all: number): Windows | Unknown {
  const window = countOf(config['sliding_window']) ?? 0
  const none = { layers: all, windowLayers: 0, window: 0 }
  const listed = config['layer_types']
  if (Array.isArray(listed)) {
    const kinds = listed.slice(0, all).map(String)
    const other = kinds.find((kind) => kind !== 'full_attention' && kind !== 'sliding_attention')
    if (other !== undefined || kinds.length < all) {
      return {
        unknown: `vLLM pads layers of several kinds to one size: ${other ?? 'not all are listed'}`,
      }
    }
    const windowLayers = kinds.filter((kind) => kind === 'sliding_attention').length
    return window === 0 ? none : { layers: all - windowLayers, windowLayers, window }
  }
  if (window === 0 || config['use_sliding_window'] === false) return none
  const period = countOf(config['sliding_window_pattern']) ?? PERIODS[type] ?? null
  if (period === null) return { layers: 0, windowLayers: all, window }
  const layers = Math.floor(all / period)
  return { layers, windowLayers: all - layers, window }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= LARGEST
    ? value
    : null
}
