import { expect, test } from 'vitest'
import type { MetadataValue } from '../gguf/metadata.ts'
import { shapeOfMetadata } from '../gguf/shape-of-metadata.ts'
import { cachesOf } from '../llama/caches.ts'
import { cellsOf } from '../llama/cells.ts'
import { isKnown, type ModelFacts } from '../shape.ts'
import { type OllamaGrounds, ollamaOptionsOf } from './ollama-options.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const keys = {
  block_count: 12,
  context_length: 131_072,
  embedding_length: 512,
  'attention.head_count': 8,
  'attention.head_count_kv': 4,
}

test.for([
  ['the flag of the plan', { flags: { ctx: '2048' }, context: 8_192 }, 2_048],
  ['the Modelfile', { context: 8_192, env: { OLLAMA_CONTEXT_LENGTH: '1024' } }, 8_192],
  ['the environment', { env: { OLLAMA_CONTEXT_LENGTH: '1024' } }, 1_024],
  ['no GPU', { gpuBytes: 0 }, 4_096],
  ['a GPU of 24 GB', { gpuBytes: 23.5 * GIB }, 32_768],
  ['two of them', { gpuBytes: 47 * GIB }, 131_072],
  ['more than the model was made for', { flags: { ctx: '999999' } }, 131_072],
] as const)('the context is what %s says', ([, some, context]) => {
  expect(ollamaOptionsOf(grounds('qwen3', some)).context).toBe(context)
})

test.for([
  ['llama', {}, { engine: 'llama.cpp', flashAttention: true, typeK: 'f16' }],
  ['qwen3', {}, { engine: 'ollama', flashAttention: true, typeK: 'f16' }],
  ['llama4', {}, { engine: 'ollama', flashAttention: false }],
  ['llama', { OLLAMA_NEW_ENGINE: '1' }, { engine: 'ollama', flashAttention: false }],
  ['qwen3', { OLLAMA_FLASH_ATTENTION: '0' }, { flashAttention: false }],
  ['llama', { OLLAMA_FLASH_ATTENTION: 'false' }, { flashAttention: false }],
  ['qwen3', { OLLAMA_KV_CACHE_TYPE: 'q8_0' }, { typeK: 'q8_0', typeV: 'q8_0' }],
  // Within llama.cpp only where Flash Attention is asked for.
  ['llama', { OLLAMA_KV_CACHE_TYPE: 'q8_0' }, { typeK: 'f16' }],
  ['llama', { OLLAMA_KV_CACHE_TYPE: 'Q8_0', OLLAMA_FLASH_ATTENTION: '1' }, { typeK: 'q8_0' }],
  ['qwen3', { OLLAMA_KV_CACHE_TYPE: 'q5_1' }, { typeK: 'f16' }],
  ['gemma2', { OLLAMA_FLASH_ATTENTION: '1' }, { flashAttention: false }],
  ['llama', { OLLAMA_NUM_PARALLEL: '4' }, { slots: 4, context: 16_384, ubatch: 512, batch: 2_048 }],
  ['qwen3', { OLLAMA_NUM_PARALLEL: '4' }, { slots: 4, context: 4_096, ubatch: 512 }],
  ['qwen35', { OLLAMA_NUM_PARALLEL: '4' }, { slots: 1 }],
] as const)('%s in an environment with %j is started so', ([architecture, env, expected]) => {
  expect(ollamaOptionsOf(grounds(architecture, { env }))).toMatchObject(expected)
})

test.for([
  // Ollama's own engine: all slots in one cache, each with the whole context.
  ['qwen3', {}, 4_096, 1, 48],
  ['qwen3', {}, 1_000, 3, 36],
  // Two of twelve layers keep all, ten 512 and what is computed at a time.
  ['gemma3', { 'attention.sliding_window': 512 }, 4_096, 1, 8 + 10],
  ['gemma3', { 'attention.sliding_window': 512 }, 512, 1, 6],
  // 4,096 tokens are kept of a window of 128.
  ['gpt-oss', { 'attention.sliding_window': 128 }, 8_192, 1, 48 + 27],
  // Pieces of attention are no windows: all is kept.
  ['llama4', {}, 16_384, 1, 192],
] as const)('%s keeps what its engine does: %#', ([architecture, more, ctx, slots, mib]) => {
  const env = { OLLAMA_NUM_PARALLEL: String(slots) }
  const given = grounds(architecture, { env, flags: { ctx: String(ctx) } }, more)
  expect(bytesOf(given).kv / MIB).toBe(mib)
})

test("a latent model keeps V as well in Ollama's own engine", () => {
  const given = grounds(
    'deepseek2',
    { flags: { ctx: '4096' } },
    {
      'attention.head_count_kv': 1,
      'attention.key_length': 576,
      'attention.value_length': 512,
      'attention.key_length_mla': 192,
      'attention.value_length_mla': 128,
    },
  )
  expect(bytesOf(given).kv).toBe(12 * (576 + 512) * 2 * 4_096)
})

test("Ollama's own engine keeps 24 copies of a state to go back to", () => {
  const given = grounds(
    'qwen35',
    {},
    {
      'ssm.state_size': 16,
      'ssm.inner_size': 1_024,
      'ssm.conv_kernel': 4,
      'ssm.group_count': 2,
    },
  )
  expect(bytesOf(given).state).toBe(25 * 9 * (16 * 1_024 + 3 * 1_088) * 4)
})

function grounds(
  architecture: string,
  some: Partial<OllamaGrounds>,
  more: Record<string, MetadataValue> = {},
): OllamaGrounds {
  const metadata = new Map<string, MetadataValue>([
    ['general.architecture', architecture],
    ...Object.entries({ ...keys, ...more }).map(
      ([key, value]) => [`${architecture}.${key}`, value] as const,
    ),
  ])
  const shape = shapeOfMetadata(metadata)
  const facts: ModelFacts = { architecture, weights: { unknown: '' }, shape }
  return { flags: {}, env: {}, facts, context: null, gpuBytes: 0, ...some }
}

function bytesOf(given: OllamaGrounds): { kv: number; state: number } {
  const { shape } = given.facts
  if (!isKnown(shape)) throw new Error(shape.unknown)
  const options = ollamaOptionsOf(given)
  return cachesOf(shape, cellsOf(shape, options.context!, options), options)
}
