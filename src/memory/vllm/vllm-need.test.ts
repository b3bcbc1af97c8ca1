import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readHuggingFaceModel } from '../hugging-face/read-model.ts'
import type { Flags } from '../llama/options-of.ts'
import type { MemoryNeed } from '../need.ts'
import { vllmNeed } from './vllm-need.ts'
import { vllmOptionsOf } from './vllm-options.ts'

const MIB = 1024 ** 2
/** 32 KiB a token in 16 bits: 16 layers of 4 heads of 128 for K and V. */
const plain = {
  model_type: 'qwen3',
  num_hidden_layers: 16,
  num_attention_heads: 16,
  num_key_value_heads: 4,
  head_dim: 128,
  hidden_size: 1_024,
  max_position_embeddings: 32_768,
  torch_dtype: 'bfloat16',
}
const all = (kind: string): string[] => Array.from({ length: 16 }, () => kind)

test.for([
  ['plain', {}, { ctx: '8192' }, 256],
  ['all of its context', {}, {}, 1_024],
  ['thousands', {}, { ctx: '16k' }, 500],
  ['a cache of 8 bits', {}, { ctx: '8192', kv_cache_dtype: 'fp8_e5m2' }, 128],
  ['computed in 32 bits', {}, { ctx: '8192', dtype: 'float32' }, 512],
  ['as many cards as heads', {}, { ctx: '8192', tensor_parallel: '4' }, 256],
  ['more cards than heads', {}, { ctx: '8192', tensor_parallel: '8' }, 512],
  ['no heads of its own', { num_key_value_heads: undefined }, { ctx: '8192' }, 1_024],
  ['no length of heads', { head_dim: undefined }, { ctx: '8192' }, 128],
  [
    'latent',
    { model_type: 'deepseek_v3', kv_lora_rank: 512, qk_rope_head_dim: 64 },
    { ctx: '8192', tensor_parallel: '2' },
    2 * 144,
  ],
  [
    'windows of which none is as long as what is in flight',
    { sliding_window: 513, layer_types: [...all('sliding_attention').slice(1), 'full_attention'] },
    { ctx: '8192' },
    16 + 15 * 5,
  ],
  [
    'a window that is not used',
    { sliding_window: 512, use_sliding_window: false },
    { ctx: '8192' },
    256,
  ],
  [
    'every sixth layer without a window',
    { model_type: 'gemma3_text', sliding_window: 513 },
    { ctx: '8192' },
    2 * 16 + 14 * 5,
  ],
] as const)('K and V of a model with %s', async ([, config, flags, mib]) => {
  expect(parts(await need({ ...plain, ...config }, flags)).kv_cache).toBe(mib)
})

test('a model that sees has its language model within', async () => {
  const { model_type: type, ...rest } = plain
  const config = { model_type: 'qwen3_vl', text_config: { ...rest, model_type: 'qwen3_vl_text' } }
  expect(parts(await need(config, { ctx: '8192' })).kv_cache).toBe(256)
  expect(type).toBe('qwen3')
})

test('weights are what the index says, or what the files hold without their headers', async () => {
  expect(parts(await need(plain, {})).weights).toBe(64)
  const folder = modelFolder(plain, null)
  const header = Buffer.from('{"a":{}}')
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const file = Buffer.concat([length, header, Buffer.alloc(MIB)])
  for (const part of [1, 2]) writeFileSync(join(folder, `model-${part}.safetensors`), file)
  expect(parts(await needIn(folder, {})).weights).toBe(2)
})

test('weights take the room of the type that they are computed in', async () => {
  expect(parts(await need({ ...plain, torch_dtype: 'float32' }, {})).weights).toBe(32)
  expect(parts(await need(plain, { dtype: 'float32' })).weights).toBe(128)
  const quantised = { ...plain, quantization_config: { quant_method: 'awq' } }
  expect(parts(await need(quantised, { dtype: 'float16' })).weights).toBe(64)
  const told = await need(plain, { quantization: 'fp8' })
  expect(told.bytes).toBe(null)
  expect(told.parts[0]!.source).toEqual({
    from: 'unknown',
    why: 'they become fp8 while they are loaded',
  })
})

test.for([
  ['no configuration', null, /ENOENT/],
  [
    'a model type of tomorrow',
    { ...plain, model_type: 'qwen9' },
    /^the model type qwen9 is not known$/,
  ],
  ['no layers', { model_type: 'llama' }, /does not say how many layers/],
  [
    'layers of several kinds',
    { ...plain, layer_types: [...all('linear_attention')] },
    /pads layers of several kinds to one size: linear_attention/,
  ],
] as const)('%s: said, never guessed', async ([, config, why]) => {
  const told = await need(config, { ctx: '8192' })
  const cache = told.parts.find(({ name }) => name === 'kv_cache')!
  expect(cache.bytes).toBe(null)
  expect(cache.source).toMatchObject({ from: 'unknown', why: expect.stringMatching(why) })
  expect(told.contextFor(1e12)).toBe(null)
})

test('the largest context that fits is told', async () => {
  const told = await need(plain, { ctx: '8192' })
  expect(told.contextFor((64 + 128) * MIB)).toBe(4_096)
  expect(told.contextFor(60 * MIB)).toBe(null)
  expect(told.restsOn).toEqual([
    'context 8,192',
    'one conversation that fills it',
    'K and V in bfloat16',
  ])
})

function need(config: object | null, flags: Flags): Promise<MemoryNeed> {
  return needIn(modelFolder(config, 64 * MIB), flags)
}

async function needIn(folder: string, flags: Flags): Promise<MemoryNeed> {
  return vllmNeed('vllm://model', await readHuggingFaceModel(folder), vllmOptionsOf(flags))
}

function modelFolder(config: object | null, total: number | null): string {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-vllm-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(folder, { recursive: true })
  if (config !== null) writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  if (total !== null) {
    const index = { metadata: { total_size: total }, weight_map: {} }
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index))
  }
  return folder
}

function parts({ parts: of }: MemoryNeed): Record<string, number | null> {
  return Object.fromEntries(
    of.map(({ name, bytes }) => [name, bytes === null ? null : bytes / MIB]),
  )
}
