import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  type GgufInput,
  type TensorInput,
  u32,
  writeGguf,
} from '../../../test/support/gguf-file.ts'
import type { MemoryNeed } from '../../memory/need.ts'
import { parseModelUri } from '../../plan/model-uri.ts'
import { needOf } from './need-of.ts'

const MIB = 1024 ** 2
const keys: Record<string, GgufInput> = {
  'general.architecture': 'llama',
  'llama.block_count': u32(2),
  'llama.context_length': u32(8_192),
  'llama.embedding_length': u32(1_024),
  'llama.attention.head_count': u32(8),
  'llama.attention.head_count_kv': u32(4),
  'llama.vocab_size': u32(1_024),
}
/** 4 MiB of embeddings, which are the output as well, and two layers of 2 MiB. */
const tensors: TensorInput[] = [
  { name: 'token_embd.weight', dimensions: [1_024, 1_024], type: 'f32' },
  { name: 'blk.0.attn_q.weight', dimensions: [1_024, 1_024], type: 'f16' },
  { name: 'blk.1.attn_q.weight', dimensions: [1_024, 1_024], type: 'f16' },
]

test('a file of llama.cpp: all of it in main memory', async () => {
  const root = project()
  expect(inMib(await need(root, 'llamacpp://model.gguf#ctx=4096'))).toEqual({
    weights: 8,
    kv_cache: 16,
    compute: 4,
    output: 4 / 256,
    overhead: null,
  })
})

test('a file of llama.cpp: on a GPU without embeddings and logits, but with the output', async () => {
  const root = project()
  const onGpu = async (flags: string) =>
    inMib(await need(root, `llamacpp://model.gguf#ctx=4096${flags}`, { on: 'gpu' }))
  expect(await onGpu('')).toEqual({ weights: 8, kv_cache: 16, compute: 4, overhead: null })
  expect(await onGpu('#ngl=2')).toMatchObject({ weights: 6, kv_cache: 8 })
  expect(await onGpu('#ngl=1')).toMatchObject({ weights: 4, kv_cache: 0 })
  expect(await onGpu('#ngl=0')).toMatchObject({ weights: 0, kv_cache: 0 })
})

test('flags and the environment of llama.cpp change what it rests on', async () => {
  const root = project()
  const flags = '#ctx=4096#parallel=2#cache_type_k=q8_0#cache_type_v=q4_0#fa=on#ubatch=128'
  const told = await need(root, `llamacpp://model.gguf${flags}`)
  expect(told.restsOn).toEqual([
    'context 4,096',
    '2 slots, a cache each',
    'K in q8_0, V in q4_0',
    'Flash Attention on',
    '128 tokens computed at a time',
    'of the buffer for computing only what grows with the context',
  ])
  expect(inMib(told)).toMatchObject({
    kv_cache: (2 * (4_096 * 512 * (34 + 18))) / 32 / MIB,
    compute: 0.5,
  })
  const env = { LLAMA_ARG_N_PARALLEL: '3', LLAMA_ARG_KV_UNIFIED: 'on', LLAMA_ARG_FLASH_ATTN: 'off' }
  expect((await need(root, 'llamacpp://model.gguf', { env })).restsOn.slice(0, 4)).toEqual([
    'context 8,192, all that the model was made for',
    '3 slots, one unified cache',
    'K and V in f16',
    'Flash Attention off',
  ])
})

test('what llama.cpp refuses is said', async () => {
  const root = project()
  const { restsOn, bytes } = await need(root, 'llamacpp://model.gguf#cache_type_v=q8_0#fa=off')
  expect(restsOn).toEqual(['V in q8_0 needs Flash Attention: llama.cpp refuses such a context'])
  expect(bytes).toBe(8 * MIB)
})

test('a projector is loaded with the model', async () => {
  const root = project()
  const projector: TensorInput = { name: 'v.blk.0.q.weight', dimensions: [512, 512], type: 'f32' }
  writeGguf(join(root, 'mmproj.gguf'), { 'general.architecture': 'clip' }, [projector])
  const told = await need(root, 'llamacpp://model.gguf#mmproj=mmproj.gguf')
  expect(inMib(told).weights).toBe(9)
})

test('a model of Hugging Face is found where llama.cpp keeps it', async () => {
  const root = project()
  const snapshot = join(root, 'hub', 'models--owner--name', 'snapshots', 'c0ffee')
  mkdirSync(join(snapshot, '..', '..', 'refs'), { recursive: true })
  mkdirSync(snapshot, { recursive: true })
  writeFileSync(join(snapshot, '..', '..', 'refs', 'main'), 'c0ffee')
  writeGguf(join(snapshot, 'name-Q8_0.gguf'), keys, tensors)
  writeGguf(join(snapshot, 'name-Q4_K_M.gguf'), keys, tensors.slice(0, 2))
  writeGguf(join(snapshot, 'mmproj-Q4_K_M.gguf'), keys, [])
  const env = { HF_HUB_CACHE: join(root, 'hub') }
  const weights = async (name: string) =>
    inMib(await need(root, `llamacpp://${name}`, { env })).weights
  expect(await weights('owner/name')).toBe(6)
  expect(await weights('owner/name:Q8_0')).toBe(8)
  expect(await weights('owner/name:Q2_K')).toBe(null)
})

test("a model of Ollama's is read through its manifest", async () => {
  const root = project()
  const models = join(root, 'models')
  const layers = [
    {
      mediaType: 'application/vnd.ollama.image.model',
      digest: blob(models, readFileSync(join(root, 'model.gguf'))),
    },
    {
      mediaType: 'application/vnd.ollama.image.params',
      digest: blob(models, Buffer.from('{"num_ctx":2048}')),
    },
  ]
  const manifest = join(models, 'manifests', 'registry.ollama.ai', 'library', 'tiny', 'latest')
  mkdirSync(dirname(manifest), { recursive: true })
  writeFileSync(manifest, JSON.stringify({ schemaVersion: 2, layers }))
  const told = await need(root, 'ollama://tiny', { env: { OLLAMA_MODELS: models } })
  expect(told.restsOn[0]).toBe('context 2,048')
  // 2 MiB of it are the logits of 512 tokens, for which the llama.cpp within Ollama has room.
  expect(inMib(told)).toMatchObject({ weights: 8, kv_cache: 8, compute: 4 })
})

test.for([
  ['llamacpp://missing.gguf', 'its file is not here'],
  ['ollama://missing', 'its files are not here'],
  ['openai://model@http://127.0.0.1:1/v1', 'what openai:// takes is not known beforehand'],
] as const)('%s: %s', async ([uri, why]) => {
  const told = await need(project(), uri, { env: { OLLAMA_MODELS: '/nowhere' } })
  expect(told).toMatchObject({ bytes: null, restsOn: [why] })
  expect(told.contextFor(1e12)).toBe(null)
})

/** The name of a blob that holds so much. */
function blob(models: string, bytes: Buffer): string {
  const hex = createHash('sha256').update(bytes).digest('hex')
  mkdirSync(join(models, 'blobs'), { recursive: true })
  writeFileSync(join(models, 'blobs', `sha256-${hex}`), bytes)
  return `sha256:${hex}`
}

function project(): string {
  const root = mkdtempSync(join(tmpdir(), 'jarvis-need-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  writeGguf(join(root, 'model.gguf'), keys, tensors)
  return root
}

function need(
  root: string,
  uri: string,
  { env = {}, on = 'host' }: { env?: NodeJS.ProcessEnv; on?: 'gpu' | 'host' } = {},
): Promise<MemoryNeed> {
  return needOf(parseModelUri(uri), { root, env: { HOME: root, ...env } }, { on, gpuBytes: 0 })
}

function inMib({ parts }: MemoryNeed): Record<string, number | null> {
  return Object.fromEntries(
    parts.map(({ name, bytes }) => [name, bytes === null ? null : bytes / MIB]),
  )
}
