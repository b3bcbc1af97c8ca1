import { join } from 'node:path'
import { randomFrom } from './random.ts'
import { bools, f32, type GgufInput, type TensorInput, u32, u32s, writeGguf } from './gguf-file.ts'

/** A model of random weights that is small enough to be loaded hundreds of times. */
export interface SmallModel {
  /** What is special about what it keeps of a context. */
  name: string
  architecture: string
  keys: Record<string, GgufInput>
  tensors: TensorInput[]
}

const WIDTH = 256
const FEED_FORWARD = 512
/** Words of the vocabulary: what a tokenizer needs, and others to fill it up. */
const WORDS = 1_024
const LAYERS = 6
const CONTEXT = 8_192

/** One model for each way in which engines keep a context. */
export const smallModels = (): SmallModel[] => [
  groupedHeads(),
  explicitKeyLength(),
  windows(),
  sharedLayers(),
  latentOld(),
  latentNew(),
  indexer(),
  hybridState(),
  convolution(),
]

/** Writes a model as a GGUF; the same every time. Returns its path. */
export function writeSmallModel(
  { name, architecture, keys, tensors }: SmallModel,
  folder: string,
): string {
  const path = join(folder, `${name.replaceAll(' ', '-')}.gguf`)
  const random = randomFrom(1)
  const metadata = {
    'general.architecture': architecture,
    'general.name': name,
    ...Object.fromEntries(
      Object.entries(keys).map(([key, value]) => [`${architecture}.${key}`, value]),
    ),
    ...tokenizer(),
  }
  // Norms are one, the rest is small: nothing grows out of bounds.
  const fill = ({ name: of }: TensorInput) =>
    /norm/.test(of) ? () => 1 : () => (random() - 0.5) / 8
  writeGguf(
    path,
    metadata,
    tensors.map((tensor) => ({ ...tensor, fill: fill(tensor) })),
  )
  return path
}

function tokenizer(): Record<string, GgufInput> {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  )
  const special = ['<unk>', '<s>', '</s>']
  const others = Array.from({ length: WORDS - 259 }, (_, index) => `word${index}`)
  const tokens = [...special, ...bytes, ...others]
  // Unknown, control, bytes, normal.
  const types = tokens.map((_, index) => (index === 0 ? 2 : index < 3 ? 3 : index < 259 ? 6 : 1))
  return {
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.scores': { type: 'f32', list: tokens.map((_, index) => -index) },
    'tokenizer.ggml.token_type': { type: 'i32', list: types },
    'tokenizer.ggml.bos_token_id': u32(1),
    'tokenizer.ggml.eos_token_id': u32(2),
    'tokenizer.ggml.unknown_token_id': u32(0),
  }
}

/** Keys that all have. */
function base(heads: number, kvHeads: number, layers = LAYERS): Record<string, GgufInput> {
  return {
    block_count: u32(layers),
    context_length: u32(CONTEXT),
    embedding_length: u32(WIDTH),
    feed_forward_length: u32(FEED_FORWARD),
    'attention.head_count': u32(heads),
    'attention.head_count_kv': u32(kvHeads),
    'attention.layer_norm_rms_epsilon': f32(1e-6),
  }
}

const lengths = (k: number, v: number): Record<string, GgufInput> => ({
  'attention.key_length': u32(k),
  'attention.value_length': u32(v),
})

const matrix = (name: string, ...dimensions: number[]): TensorInput => ({
  name: `${name}.weight`,
  dimensions,
  type: 'f16',
})
/** What is kept exact: norms, biases, small things. */
const exact = (name: string, ...dimensions: number[]): TensorInput => ({
  name,
  dimensions,
  type: 'f32',
})
const norm = (name: string, size = WIDTH): TensorInput => exact(`${name}.weight`, size)

const around = (outputNorm = 'output_norm'): TensorInput[] => [
  matrix('token_embd', WIDTH, WORDS),
  norm(outputNorm),
]

const feedForward = (layer: number): TensorInput[] => [
  norm(`blk.${layer}.ffn_norm`),
  matrix(`blk.${layer}.ffn_gate`, WIDTH, FEED_FORWARD),
  matrix(`blk.${layer}.ffn_up`, WIDTH, FEED_FORWARD),
  matrix(`blk.${layer}.ffn_down`, FEED_FORWARD, WIDTH),
]

const attention = (layer: number, q: number, k: number, v = k, output = q): TensorInput[] => [
  norm(`blk.${layer}.attn_norm`),
  matrix(`blk.${layer}.attn_q`, WIDTH, q),
  matrix(`blk.${layer}.attn_k`, WIDTH, k),
  matrix(`blk.${layer}.attn_v`, WIDTH, v),
  matrix(`blk.${layer}.attn_output`, output, WIDTH),
]

const headNorms = (layer: number, length: number): TensorInput[] => [
  norm(`blk.${layer}.attn_q_norm`, length),
  norm(`blk.${layer}.attn_k_norm`, length),
]

const each = (tensorsOf: (layer: number) => TensorInput[], layers = LAYERS): TensorInput[] =>
  Array.from({ length: layers }, (_, layer) => tensorsOf(layer)).flat()

/** Eight heads share two of K and V. */
function groupedHeads(): SmallModel {
  const tensors = each((layer) => [...attention(layer, WIDTH, 64), ...feedForward(layer)])
  return {
    name: 'grouped heads',
    architecture: 'llama',
    keys: base(8, 2),
    tensors: [...around(), ...tensors],
  }
}

/** Heads that are longer than the width of the model divided among them. */
function explicitKeyLength(): SmallModel {
  const tensors = each((layer) => [
    ...attention(layer, 4 * 128, 2 * 128),
    ...headNorms(layer, 128),
    ...feedForward(layer),
  ])
  const keys = { ...base(4, 2), ...lengths(128, 128) }
  return {
    name: 'explicit key length',
    architecture: 'qwen3',
    keys,
    tensors: [...around(), ...tensors],
  }
}

const postNorms = (layer: number): TensorInput[] => [
  norm(`blk.${layer}.post_attention_norm`),
  norm(`blk.${layer}.post_ffw_norm`),
]

/** Five of six layers keep the last 128 tokens; which ones the file does not say. */
function windows(): SmallModel {
  const tensors = each((layer) => [
    ...attention(layer, 4 * 64, 2 * 64),
    ...headNorms(layer, 64),
    ...postNorms(layer),
    ...feedForward(layer),
  ])
  const keys = { ...base(4, 2), ...lengths(64, 64), 'attention.sliding_window': u32(128) }
  return { name: 'windows', architecture: 'gemma3', keys, tensors: [...around(), ...tensors] }
}

/** Windows as listed, with shorter heads; the last two layers use the caches of those before. */
function sharedLayers(): SmallModel {
  const isWindowed = (layer: number): boolean => layer % 2 === 0
  const tensors = each((layer) => {
    const length = isWindowed(layer) ? 32 : 64
    return [
      ...attention(layer, 4 * length, 2 * length),
      ...headNorms(layer, length),
      ...postNorms(layer),
      ...feedForward(layer),
    ]
  })
  const keys = {
    ...base(4, 2),
    ...lengths(64, 64),
    'attention.key_length_swa': u32(32),
    'attention.value_length_swa': u32(32),
    'rope.dimension_count': u32(64),
    'rope.dimension_count_swa': u32(32),
    'attention.sliding_window': u32(128),
    'attention.sliding_window_pattern': bools(
      Array.from({ length: LAYERS }, (_, at) => isWindowed(at)),
    ),
    'attention.shared_kv_layers': u32(2),
    embedding_length_per_layer_input: u32(0),
  }
  const rope = exact('rope_freqs.weight', 32)
  return {
    name: 'shared layers',
    architecture: 'gemma4',
    keys,
    tensors: [...around(), rope, ...tensors],
  }
}

const KV_RANK = 64
const Q_RANK = 64
const ROPE = 32
const PART = 32

const latentKeys = (layers = LAYERS): Record<string, GgufInput> => ({
  'attention.q_lora_rank': u32(Q_RANK),
  'attention.kv_lora_rank': u32(KV_RANK),
  'rope.dimension_count': u32(ROPE),
  leading_dense_block_count: u32(layers),
  expert_feed_forward_length: u32(64),
  expert_shared_count: u32(1),
})

const latentQuery = (layer: number): TensorInput[] => [
  norm(`blk.${layer}.attn_norm`),
  norm(`blk.${layer}.attn_q_a_norm`, Q_RANK),
  norm(`blk.${layer}.attn_kv_a_norm`, KV_RANK),
  matrix(`blk.${layer}.attn_q_a`, WIDTH, Q_RANK),
  matrix(`blk.${layer}.attn_q_b`, Q_RANK, 4 * (PART + ROPE)),
  matrix(`blk.${layer}.attn_kv_a_mqa`, WIDTH, KV_RANK + ROPE),
  matrix(`blk.${layer}.attn_output`, 4 * PART, WIDTH),
]

/** As files were made before spring 2025: K and V of all heads. */
function latentOld(): SmallModel {
  const tensors = each((layer) => [
    ...latentQuery(layer),
    matrix(`blk.${layer}.attn_kv_b`, KV_RANK, 4 * (PART + PART)),
    ...feedForward(layer),
  ])
  const keys = { ...base(4, 4), ...lengths(PART + ROPE, PART), ...latentKeys() }
  return {
    name: 'latent attention old',
    architecture: 'deepseek2',
    keys,
    tensors: [...around(), ...tensors],
  }
}

const latentNewKeys: Record<string, GgufInput> = {
  ...lengths(KV_RANK + ROPE, KV_RANK),
  'attention.key_length_mla': u32(PART + ROPE),
  'attention.value_length_mla': u32(PART),
}

const latentHeads = (layer: number): TensorInput[] => [
  ...latentQuery(layer),
  matrix(`blk.${layer}.attn_k_b`, PART, KV_RANK, 4),
  matrix(`blk.${layer}.attn_v_b`, KV_RANK, PART, 4),
]

/** K alone, in the small form that all heads share. */
function latentNew(): SmallModel {
  const tensors = each((layer) => [...latentHeads(layer), ...feedForward(layer)])
  const keys = { ...base(4, 1), ...latentNewKeys, ...latentKeys() }
  return {
    name: 'latent attention new',
    architecture: 'deepseek2',
    keys,
    tensors: [...around(), ...tensors],
  }
}

/** The same with an indexer, and a layer more that only predicts further tokens. */
function indexer(): SmallModel {
  const layers = LAYERS + 1
  const tensors = each(
    (layer) => [
      ...latentHeads(layer),
      norm(`blk.${layer}.indexer.k_norm`, 64),
      exact(`blk.${layer}.indexer.k_norm.bias`, 64),
      matrix(`blk.${layer}.indexer.proj`, WIDTH, 4),
      matrix(`blk.${layer}.indexer.attn_k`, WIDTH, 64),
      matrix(`blk.${layer}.indexer.attn_q_b`, Q_RANK, 4 * 64),
      ...feedForward(layer),
    ],
    layers,
  )
  const further = [
    matrix(`blk.${LAYERS}.nextn.eh_proj`, 2 * WIDTH, WIDTH),
    norm(`blk.${LAYERS}.nextn.enorm`),
    norm(`blk.${LAYERS}.nextn.hnorm`),
  ]
  const keys = {
    ...base(4, 1, layers),
    ...latentNewKeys,
    ...latentKeys(layers),
    nextn_predict_layers: u32(1),
    'attention.indexer.head_count': u32(4),
    'attention.indexer.key_length': u32(64),
    'attention.indexer.top_k': u32(256),
  }
  return {
    name: 'indexer with MTP',
    architecture: 'glm-dsa',
    keys,
    tensors: [...around(), ...tensors, ...further],
  }
}

/** Three of four layers keep a state. */
function hybridState(): SmallModel {
  const layers = 8
  const [size, inner, groups] = [64, 256, 2]
  const tensors = each(
    (layer) => [
      norm(`blk.${layer}.post_attention_norm`),
      ...((layer + 1) % 4 === 0
        ? [...attention(layer, 2 * 4 * 64, 2 * 64, 2 * 64, 4 * 64), ...headNorms(layer, 64)]
        : [
            norm(`blk.${layer}.attn_norm`),
            matrix(`blk.${layer}.attn_qkv`, WIDTH, 2 * groups * size + inner),
            matrix(`blk.${layer}.attn_gate`, WIDTH, inner),
            exact(`blk.${layer}.ssm_conv1d.weight`, 4, 2 * groups * size + inner),
            exact(`blk.${layer}.ssm_dt.bias`, 4),
            exact(`blk.${layer}.ssm_a`, 4),
            matrix(`blk.${layer}.ssm_beta`, WIDTH, 4),
            matrix(`blk.${layer}.ssm_alpha`, WIDTH, 4),
            norm(`blk.${layer}.ssm_norm`, size),
            matrix(`blk.${layer}.ssm_out`, inner, WIDTH),
          ]),
      ...feedForward(layer).slice(1),
    ],
    layers,
  )
  const keys = {
    ...base(4, 2, layers),
    ...lengths(64, 64),
    'rope.dimension_count': u32(32),
    'rope.dimension_sections': { type: 'i32', list: [6, 5, 5, 0] } as const,
    'ssm.conv_kernel': u32(4),
    'ssm.inner_size': u32(inner),
    'ssm.state_size': u32(size),
    'ssm.time_step_rank': u32(4),
    'ssm.group_count': u32(groups),
    full_attention_interval: u32(4),
  }
  return { name: 'hybrid state', architecture: 'qwen35', keys, tensors: [...around(), ...tensors] }
}

/** Every third layer attends, the others keep two rows. */
function convolution(): SmallModel {
  const attends = (layer: number): boolean => layer % 3 === 2
  const tensors = each((layer) => [
    ...(attends(layer)
      ? [...attention(layer, WIDTH, 2 * 64), ...headNorms(layer, 64)]
      : [
          norm(`blk.${layer}.attn_norm`),
          exact(`blk.${layer}.shortconv.conv.weight`, 3, WIDTH),
          matrix(`blk.${layer}.shortconv.in_proj`, WIDTH, 3 * WIDTH),
          matrix(`blk.${layer}.shortconv.out_proj`, WIDTH, WIDTH),
        ]),
    ...feedForward(layer),
  ])
  const keys = {
    ...base(4, 2),
    'attention.head_count_kv': u32s(
      Array.from({ length: LAYERS }, (_, at) => (attends(at) ? 2 : 0)),
    ),
    'shortconv.l_cache': u32(3),
    vocab_size: u32(WORDS),
  }
  return {
    name: 'convolution',
    architecture: 'lfm2',
    keys,
    tensors: [...around('token_embd_norm'), ...tensors],
  }
}
