/** Which layers of an architecture keep the tokens of a window only. */
export interface WindowRule {
  /** Every so many layers one keeps all tokens, where the file does not list them; null: it has to list them. */
  period: number | null
  /** Whether that is the first of them rather than the last. @default false */
  firstKeepsAll?: true
  /** Tokens of the window by what the file says of it; null: there are no windows. */
  window: (stated: number | null) => number | null
  /** Only models with so many layers have windows. */
  layers?: number
}

/** What is known of an architecture of llama.cpp beyond what its keys say. */
export interface Architecture {
  windows?: WindowRule
  /** Layers from the start that have a cache of their own, where the engine has the number and not the file. */
  ownCaches?: number
  /** How recurrent layers are told. @default none is */
  recurrent?: 'all' | 'interval' | 'no heads' | 'no heads, no feed-forward' | 'beside attention'
  /** Whether all layers with heads have a window where the file names one. @default false */
  windowOfAll?: true
  /** Whether an indexer keeps keys beside the latent ones. */
  indexer?: true
  /** It reads a text as a whole and keeps nothing. */
  cacheless?: true
}

const PLAIN = [
  'apertus arcee arctic baichuan bailingmoe bailingmoe2 bitnet bloom chameleon chatglm codeshell cogvlm command-r dbrx deci',
  'deepseek deepseek2 deepseek2-ocr dots1 ernie4_5 ernie4_5-moe exaone falcon gemma glm4 glm4moe gpt2 gptj gptneox granite',
  'granitemoe grok grovemoe hunyuan-dense hunyuan-moe hunyuan_vl hy_v3 internlm2 jais jais2 llama maincoder minicpm minicpm3',
  // Phi's windows are switched off in the engine, whatever the file says.
  'minimax-m2 mistral3 mistral4 mpt nemotron olmo olmoe openelm orion paddleocr pangu-embedded phi2 phi3 phimoe plamo plm qwen',
  'qwen2 qwen2moe qwen2vl qwen3 qwen3moe qwen3vl qwen3vlmoe refact seed_oss smollm3 stablelm starcoder starcoder2 xverse',
].flatMap((line) => line.split(' '))

const CACHELESS =
  'bert dream eurobert gemma-embedding jina-bert-v2 jina-bert-v3 llada llada-moe modern-bert neo-bert nomic-bert nomic-bert-moe rnd1'

const stated: WindowRule['window'] = (tokens) => tokens || null
const listed: WindowRule = { period: null, window: stated }

/**
 * The architectures whose caches are known, by `general.architecture`, as of llama.cpp of October 2026 (src/models/*.cpp,
 * `load_arch_hparams`, and `llama_model::create_memory`).
 */
export const architectures: ReadonlyMap<string, Architecture> = new Map(
  Object.entries<Architecture>({
    ...Object.fromEntries(PLAIN.map((name) => [name, {}])),
    ...Object.fromEntries(CACHELESS.split(' ').map((name) => [name, { cacheless: true }])),

    afmoe: { windows: { period: 4, window: stated } },
    cohere2: { windows: { period: 4, window: stated } },
    cohere2moe: { windows: { period: 4, firstKeepsAll: true, window: stated } },
    exaone4: { windows: { period: 4, window: (tokens) => tokens ?? 4_096, layers: 64 } },
    'exaone-moe': { windows: { period: 4, window: (tokens) => tokens ?? 128 } },
    gemma2: { windows: { period: 2, window: (tokens) => tokens ?? 4_096 } },
    gemma3: { windows: { period: 6, window: stated } },
    gemma3n: { windows: { period: 5, window: stated }, ownCaches: 20 },
    gemma4: { windows: listed },
    'gpt-oss': { windows: { period: 2, window: stated } },
    granite_swa: { windows: listed },
    laguna: { windows: { period: 4, firstKeepsAll: true, window: stated } },
    llama4: { windows: { period: 4, window: (tokens) => (tokens === 0 ? null : 8_192) } },
    mellum: { windows: { period: 4, window: stated } },
    mimo2: { windows: listed },
    olmo2: { windows: { period: 4, window: stated } },
    plamo3: { windows: { period: 8, window: stated } },
    smallthinker: {
      windows: { period: 4, firstKeepsAll: true, window: (tokens) => (tokens ? 4_096 : null) },
    },
    step35: { windows: listed },

    deepseek32: { indexer: true },
    'glm-dsa': { indexer: true },

    'falcon-h1': { recurrent: 'beside attention' },
    granitehybrid: { recurrent: 'no heads' },
    jamba: { recurrent: 'no heads' },
    lfm2: { recurrent: 'no heads', windowOfAll: true },
    lfm2moe: { recurrent: 'no heads' },
    mamba: { recurrent: 'all' },
    mamba2: { recurrent: 'all' },
    nemotron_h: { recurrent: 'no heads, no feed-forward' },
    nemotron_h_moe: { recurrent: 'no heads, no feed-forward' },
    plamo2: { recurrent: 'no heads' },
    qwen35: { recurrent: 'interval' },
    qwen35moe: { recurrent: 'interval' },
    qwen3next: { recurrent: 'interval' },
  }),
)
