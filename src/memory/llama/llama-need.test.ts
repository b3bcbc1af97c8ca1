import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Metadata, MetadataValue } from '../gguf/metadata.ts'
import { shapeOfMetadata } from '../gguf/shape-of-metadata.ts'
import { isKnown, type ModelFacts, type ModelShape, type Weights } from '../shape.ts'
import { cachesOf } from './caches.ts'
import { cellsOf } from './cells.ts'
import { llamaNeed } from './llama-need.ts'
import { llamaDefaults, type LlamaOptions } from './options.ts'

const GIB = 1024 ** 3
const MIB = 1024 ** 2

/** Headers of published models, as far as their caches depend on them. */
const published = {
  'Gemma 3 27B': header('gemma3', {
    block_count: 62,
    context_length: 131_072,
    embedding_length: 5_376,
    'attention.head_count': 32,
    'attention.head_count_kv': 16,
    'attention.key_length': 128,
    'attention.value_length': 128,
    'attention.sliding_window': 1_024,
  }),
  'DeepSeek V3.1': header('deepseek2', {
    block_count: 61,
    context_length: 163_840,
    embedding_length: 7_168,
    'attention.head_count': 128,
    'attention.head_count_kv': 1,
    'attention.key_length': 576,
    'attention.value_length': 512,
    'attention.key_length_mla': 192,
    'attention.value_length_mla': 128,
  }),
  'DeepSeek V3.1, made before spring 2025': header('deepseek2', {
    block_count: 61,
    context_length: 163_840,
    embedding_length: 7_168,
    'attention.head_count': 128,
    'attention.head_count_kv': 128,
    'attention.key_length': 192,
    'attention.value_length': 128,
  }),
  'Qwen3.5 27B': header('qwen35', {
    block_count: 64,
    context_length: 262_144,
    embedding_length: 5_120,
    'attention.head_count': 24,
    'attention.head_count_kv': 4,
    'attention.key_length': 256,
    'attention.value_length': 256,
    'ssm.state_size': 128,
    'ssm.inner_size': 6_144,
    'ssm.conv_kernel': 4,
    'ssm.group_count': 16,
    full_attention_interval: 4,
  }),
  'GLM-5': header('glm-dsa', {
    block_count: 79,
    nextn_predict_layers: 1,
    context_length: 202_752,
    embedding_length: 6_144,
    'attention.head_count': 64,
    'attention.head_count_kv': 1,
    'attention.key_length': 576,
    'attention.value_length': 512,
    'attention.key_length_mla': 256,
    'attention.value_length_mla': 256,
    'attention.indexer.key_length': 128,
  }),
  'Qwen3 0.6B': header('qwen3', {
    block_count: 28,
    context_length: 40_960,
    embedding_length: 1_024,
    'attention.head_count': 16,
    'attention.head_count_kv': 8,
    'attention.key_length': 128,
    'attention.value_length': 128,
  }),
} satisfies Record<string, Metadata>

test.for([
  ['Gemma 3 27B', 10.609, 11.828, 12.438],
  ['DeepSeek V3.1', 10.723, 10.723, 10.723],
  ['Qwen3.5 27B', 16.146, 16.584, 16.584],
  ['GLM-5', 20.738, 20.738, 20.738],
  ['Qwen3 0.6B', 4.375, 4.375, 4.375],
] as const)('the whole context of %s takes what the engine says', ([name, ...expected]) => {
  const shape = known(published[name])
  const gib = [1, null, 4].map((slots) => contextBytes(shape, { slots }) / GIB)
  expect(gib.map((value) => Number(value.toFixed(3)))).toEqual(expected)
})

test('a file from before spring 2025 keeps all heads of a latent model', () => {
  const shape = known(published['DeepSeek V3.1, made before spring 2025'])
  expect(contextBytes(shape, { slots: 1 }) / GIB).toBe(762.5)
})

test('a slot of a model with a state takes its own, also in a unified cache', () => {
  const shape = known(published['Qwen3.5 27B'])
  const stateOf = (slots: number | null): number =>
    cachesOf(shape, cellsOf(shape, 4_096, { ...llamaDefaults, slots }), llamaDefaults).state
  expect(stateOf(1) / MIB).toBeCloseTo(149.62, 2)
  expect(stateOf(null)).toBe(4 * stateOf(1))
})

test.for([
  [512, 4, 4, 256],
  [5_000, 3, 3, 1_792],
  [1_000, null, 1, 1_024],
  [1_000, 1, 1, 1_024],
] as const)('a context of %i in %s slots is %i × %i cells', ([context, slots, streams, cells]) => {
  expect(
    cellsOf(known(published['Qwen3 0.6B']), context, { ...llamaDefaults, slots }),
  ).toMatchObject({ streams, cells })
})

test('a need has its parts with their source, and what it rests on', () => {
  const need = llamaNeed(
    'qwen3',
    facts('Qwen3 0.6B', 600 * MIB),
    {
      ...llamaDefaults,
      context: 8_192,
    },
    { on: 'host' },
  )
  expect(
    need.parts.map(({ name, bytes, source }) => [name, bytes && bytes / MIB, source.from]),
  ).toEqual([
    ['weights', 600, 'predicted'],
    ['kv_cache', 896, 'predicted'],
    ['compute', 8, 'predicted'],
    ['output', null, 'unknown'],
    ['overhead', null, 'unknown'],
  ])
  expect(need.bytes).toBe(1_504 * MIB)
  expect(need.restsOn).toEqual([
    'context 8,192',
    '4 slots, one unified cache',
    'K and V in f16',
    'Flash Attention on',
    '512 tokens computed at a time',
    'of the buffer for computing only what grows with the context',
  ])
})

test('what runs have shown takes the place of what no rule gives', () => {
  const learned = {
    on: 'host',
    compute: { bytes: 40 * MIB, n: 4, spread: MIB },
    overhead: { bytes: 20 * MIB, n: 4, spread: 2 * MIB },
  } as const
  const options = { ...llamaDefaults, context: 8_192 }
  const { parts, bytes } = llamaNeed('qwen3', facts('Qwen3 0.6B', 600 * MIB), options, learned)
  expect(parts.filter(({ source }) => source.from === 'learned')).toEqual([
    { name: 'compute', bytes: 48 * MIB, source: { from: 'learned', n: 4, spread: MIB } },
    { name: 'overhead', bytes: 20 * MIB, source: { from: 'learned', n: 4, spread: 2 * MIB } },
  ])
  expect(bytes).toBe((600 + 896 + 48 + 20) * MIB)
})

test('the largest context that fits is told, a step more does not fit', () => {
  const at = (context: number) =>
    llamaNeed(
      'gemma',
      facts('Gemma 3 27B', 16 * GIB),
      { ...llamaDefaults, context },
      { on: 'host' },
    )
  const largest = at(8_192).contextFor(24 * GIB)!
  expect(largest % 256).toBe(0)
  expect(at(largest).bytes).toBeLessThanOrEqual(24 * GIB)
  expect(at(largest + 256).bytes).toBeGreaterThan(24 * GIB)
  expect(at(8_192).contextFor(15 * GIB)).toBe(null)
  expect(at(8_192).contextFor(1_000 * GIB)).toBe(131_072)
})

test.for([
  ['Qwen3 0.6B', { typeV: 'q8_0', flashAttention: false }, /V in q8_0 needs Flash Attention/],
  ['DeepSeek V3.1', { typeK: 'q8_0' }, /K and V of a latent model have one type/],
  ['Qwen3 0.6B', { typeK: 'q9_9' }, /the type q9_9 of the cache is not known/],
] as const)('a context of %s that llama.cpp refuses is not predicted: %j', ([name, some, why]) => {
  const need = llamaNeed(name, facts(name, GIB), { ...llamaDefaults, ...some }, { on: 'host' })
  expect(need.restsOn).toEqual([expect.stringMatching(why)])
  expect(need.parts.find((part) => part.name === 'kv_cache')!.bytes).toBe(null)
})

test('V of all layers is as wide as the widest without Flash Attention', () => {
  const metadata = header('gemma4', {
    block_count: 2,
    'attention.head_count': 4,
    'attention.head_count_kv': 2,
    'attention.key_length': 64,
    'attention.value_length': 64,
    'attention.key_length_swa': 32,
    'attention.value_length_swa': 32,
    'attention.sliding_window': 128,
    'attention.sliding_window_pattern': [true, false],
  })
  const kv = (flashAttention: boolean): number => {
    const options = { ...llamaDefaults, flashAttention }
    const shape = known(metadata)
    return cachesOf(shape, cellsOf(shape, 512, options), options).kv
  }
  expect(kv(true)).toBe(512 * 2 * (64 + 64 + 128 + 128))
  expect(kv(false)).toBe(512 * 2 * (64 + 128 + 128 + 128))
})

test('a longer context never takes less, and never has fewer cells than tokens', () => {
  const names = Object.keys(published) as (keyof typeof published)[]
  const counts = fc.tuple(fc.integer({ min: 1, max: 300_000 }), fc.integer({ min: 0, max: 50_000 }))
  const property = fc.property(
    fc.constantFrom(...names),
    counts,
    fc.option(fc.integer({ min: 1, max: 16 })),
    fc.boolean(),
    fc.constantFrom('llama.cpp' as const, 'ollama' as const),
    (name, [less, more], slots, unified, engine) => {
      const shape = known(published[name])
      const options = { ...llamaDefaults, engine, slots, unified }
      const at = (context: number) => {
        const cells = cellsOf(shape, context, options)
        return { ...cells, ...cachesOf(shape, cells, options) }
      }
      const [shorter, longer] = [at(less), at(less + more)]
      expect(longer.kv).toBeGreaterThanOrEqual(shorter.kv)
      expect(longer.compute).toBeGreaterThanOrEqual(shorter.compute)
      expect(longer.state).toBe(shorter.state)
      expect(shorter.cells * shorter.streams).toBeGreaterThanOrEqual(less)
      expect(shorter.windowCells).toBeLessThanOrEqual(Math.max(shorter.cells, 256))
    },
  )
  fc.assert(property, { numRuns: 500 })
  expect.hasAssertions()
})

test('of an architecture that is not known only the weights are told', () => {
  const shape = shapeOfMetadata(header('qwen9', { block_count: 4 }))
  const need = llamaNeed(
    'new',
    { architecture: 'qwen9', weights: whole(GIB), shape },
    llamaDefaults,
    { on: 'host' },
  )
  expect(need).toMatchObject({
    bytes: GIB,
    restsOn: ['the architecture qwen9 is not known'],
    parts: [
      { name: 'weights', bytes: GIB },
      { name: 'kv_cache', bytes: null, source: { why: 'the architecture qwen9 is not known' } },
      { name: 'compute', bytes: null },
      { name: 'overhead', bytes: null },
    ],
  })
  expect(need.contextFor(24 * GIB)).toBe(null)
})

function facts(name: keyof typeof published, weights: number): ModelFacts {
  return { architecture: null, weights: whole(weights), shape: shapeOfMetadata(published[name]) }
}

function whole(bytes: number): Weights {
  return { input: 0, layers: [bytes], output: 0, shared: 0, beside: 0 }
}

function known(metadata: Metadata): ModelShape {
  const shape = shapeOfMetadata(metadata)
  if (!isKnown(shape)) throw new Error(shape.unknown)
  return shape
}

function contextBytes(shape: ModelShape, some: Partial<LlamaOptions>): number {
  const options = { ...llamaDefaults, ...some }
  const { kv, state } = cachesOf(
    shape,
    cellsOf(shape, options.context ?? shape.contextLength!, options),
    options,
  )
  return kv + state
}

function header(architecture: string, keys: Record<string, MetadataValue>): Metadata {
  return new Map<string, MetadataValue>([
    ['general.architecture', architecture],
    ...Object.entries(keys).map(([key, value]) => [`${architecture}.${key}`, value] as const),
  ])
}
