import { expect, test } from 'vitest'
import type { ModelShape } from '../shape.ts'
import { isKnown } from '../shape.ts'
import type { MetadataValue } from './metadata.ts'
import { shapeOfMetadata } from './shape-of-metadata.ts'

/** Twelve layers of 8 heads of 64, 4 of them for K and V. */
const plain = {
  block_count: 12,
  context_length: 8_192,
  embedding_length: 512,
  'attention.head_count': 8,
  'attention.head_count_kv': 4,
}
const ssm = {
  'ssm.state_size': 16,
  'ssm.inner_size': 1_024,
  'ssm.conv_kernel': 4,
  'ssm.group_count': 2,
}
const state = 16 * 1_024 + 3 * (1_024 + 2 * 2 * 16)

test.for([
  ['gemma2', { 'attention.sliding_window': 512 }, 'w.w.w.w.w.w.', 512],
  ['gemma2', {}, 'w.w.w.w.w.w.', 4_096],
  ['gemma3', { 'attention.sliding_window': 512 }, 'wwwww.wwwww.', 512],
  ['gemma3', {}, '............', null],
  ['gemma3n', { 'attention.sliding_window': 512 }, 'wwww.wwww.ww', 512],
  ['gpt-oss', { 'attention.sliding_window': 128 }, 'w.w.w.w.w.w.', 128],
  ['llama4', {}, 'www.www.www.', 8_192],
  ['llama4', { 'attention.sliding_window': 0 }, '............', null],
  ['cohere2', { 'attention.sliding_window': 4_096 }, 'www.www.www.', 4_096],
  ['cohere2moe', { 'attention.sliding_window': 4_096 }, '.www.www.www', 4_096],
  ['smallthinker', { 'attention.sliding_window': 1 }, '.www.www.www', 4_096],
  ['exaone4', { 'attention.sliding_window': 4_096 }, '............', null],
  // Switched off in the engine.
  ['phi3', { 'attention.sliding_window': 2_048 }, '............', null],
  [
    'gemma3',
    { 'attention.sliding_window': 512, 'attention.sliding_window_pattern': 3 },
    'ww.ww.ww.ww.',
    512,
  ],
  [
    'gemma4',
    {
      'attention.sliding_window': 512,
      'attention.sliding_window_pattern': pattern('www.ww.ww...'),
    },
    'www.ww.ww...',
    512,
  ],
] as const)('the windows of %s with %j are %s', ([architecture, keys, drawn, window]) => {
  const shape = known(architecture, { ...plain, ...keys })
  expect(shape.layers.map(({ windowed }) => (windowed ? 'w' : '.')).join('')).toBe(drawn)
  expect(shape.window).toBe(window)
})

test('a model whose windows the file has to list is not guessed at', () => {
  expect(shape('gemma4', { ...plain, 'attention.sliding_window': 512 })).toEqual({
    unknown: 'the file does not say which layers have a window',
  })
})

test('layers with a window have lengths of heads of their own', () => {
  const { layers } = known('gemma4', {
    ...plain,
    'attention.key_length': 512,
    'attention.value_length': 512,
    'attention.key_length_swa': 256,
    'attention.value_length_swa': 256,
    'attention.sliding_window': 512,
    'attention.sliding_window_pattern': pattern('w.w.w.w.w.w.'),
    'attention.shared_kv_layers': 4,
  })
  expect(layers.map(({ k, v }) => [k, v])).toEqual([
    ...Array.from({ length: 4 }, () => [
      [1_024, 1_024],
      [2_048, 2_048],
    ]).flat(),
    // Those use the caches of others.
    ...Array.from({ length: 4 }, () => [0, 0]),
  ])
})

test('the layers of gemma3n from the twentieth on use the caches of others', () => {
  const { layers } = known('gemma3n', {
    ...plain,
    block_count: 30,
    'attention.sliding_window': 512,
  })
  expect(layers.filter(({ k }) => k > 0)).toHaveLength(20)
})

test('each layer can have heads of its own, or none', () => {
  const heads = [8, 4, 0, 2, 8, 4, 0, 2, 8, 4, 0, 2]
  const { layers, widestV } = known('deci', { ...plain, 'attention.head_count_kv': heads })
  expect(layers.map(({ k }) => k)).toEqual(heads.map((count) => count * 64))
  expect(widestV).toBe(512)
})

test.for([
  ['qwen35', { ...plain, ...ssm, full_attention_interval: 3 }, 'ssassassassa'],
  ['qwen35', { ...plain, ...ssm }, 'sssasssasssa'],
  [
    'qwen3next',
    { ...plain, ...ssm, 'attention.recurrent_layers': pattern('ww.w.w.w....') },
    'ssasasasaaaa',
  ],
  [
    'jamba',
    { ...plain, ...ssm, 'attention.head_count_kv': kvHeads('ssssassssass') },
    'ssssassssass',
  ],
  ['falcon-h1', { ...plain, ...ssm }, 'bbbbbbbbbbbb'],
  ['mamba2', { block_count: 12, embedding_length: 512, ...ssm }, 'ssssssssssss'],
  [
    'nemotron_h',
    {
      ...plain,
      ...ssm,
      'attention.head_count_kv': kvHeads('s-s-a-s-s-a-'),
      feed_forward_length: 's-s-a-s-s-a-'.split('').map((kind) => (kind === '-' ? 1_024 : 0)),
    },
    's-s-a-s-s-a-',
  ],
] as const)('the layers of %s keep a state or tokens: %#', ([architecture, keys, drawn]) => {
  const { layers } = known(architecture, keys)
  expect(
    layers
      .map(({ k, state: kept }) => (kept > 0 ? (k > 0 ? 'b' : 's') : k > 0 ? 'a' : '-'))
      .join(''),
  ).toBe(drawn)
  const [first] = layers.filter(({ state: kept }) => kept > 0)
  expect(first!.state).toBe(state)
})

test('a convolution keeps a row less than it is long', () => {
  const { layers } = known('lfm2', {
    ...plain,
    'attention.head_count_kv': kvHeads('ssassassassa'),
    'shortconv.l_cache': 3,
  })
  expect(layers.slice(0, 3).map(({ k, state: kept }) => [k, kept])).toEqual([
    [0, 1_024],
    [0, 1_024],
    [256, 0],
  ])
})

test('an indexer has keys on all layers but those that share one', () => {
  const keys = {
    ...plain,
    'attention.head_count_kv': 1,
    'attention.key_length': 576,
    'attention.value_length': 512,
    'attention.key_length_mla': 256,
    'attention.value_length_mla': 256,
    'attention.indexer.key_length': 128,
  }
  const drawn = (some: Record<string, MetadataValue>): string =>
    known('glm-dsa', { ...keys, ...some })
      .layers.map(({ indexer }) => (indexer === 128 ? 'i' : '.'))
      .join('')
  expect(drawn({})).toBe('iiiiiiiiiiii')
  expect(drawn({ context_length: 1_048_576 })).toBe('iii...i...i.')
  expect(drawn({ 'attention.indexer.types': [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0] })).toBe(
    'i...i...i...',
  )
})

test('a model that reads a text as a whole keeps nothing of it', () => {
  expect(known('bert', plain).layers.every(({ k, v }) => k === 0 && v === 0)).toBe(true)
})

test.for([
  ['no architecture', null, {}, 'the file names no architecture'],
  ['one of tomorrow', 'qwen9', plain, 'the architecture qwen9 is not known'],
  ['no layers', 'llama', {}, 'the file does not have llama.block_count'],
  ['too many layers', 'llama', { ...plain, block_count: 5_000 }, 'llama.block_count is 5000'],
  ['half a layer', 'llama', { ...plain, block_count: 1.5 }, 'block_count is 1.5'],
  [
    'a list that is too short',
    'llama',
    { ...plain, 'attention.head_count_kv': [1, 2] },
    'llama.attention.head_count_kv is not a number, nor one for each layer',
  ],
  [
    'no width',
    'llama',
    { ...plain, embedding_length: 'x' },
    'the file does not have llama.embedding_length',
  ],
  ['no state', 'mamba2', { block_count: 2 }, 'the file does not have mamba2.ssm.state_size'],
] as const)('%s: said, never guessed', ([, architecture, keys, unknown]) => {
  expect(shape(architecture, keys)).toEqual({ unknown })
})

function pattern(drawn: string): boolean[] {
  return drawn.split('').map((mark) => mark === 'w')
}

function kvHeads(drawn: string): number[] {
  return drawn.split('').map((kind) => (kind === 'a' ? 4 : 0))
}

function shape(architecture: string | null, keys: Record<string, MetadataValue>) {
  return shapeOfMetadata(
    new Map<string, MetadataValue>([
      ...(architecture === null ? [] : [['general.architecture', architecture] as const]),
      ...Object.entries(keys).map(([key, value]) => [`${architecture}.${key}`, value] as const),
    ]),
  )
}

function known(architecture: string, keys: Record<string, MetadataValue>): ModelShape {
  const told = shape(architecture, keys)
  if (!isKnown(told)) throw new Error(told.unknown)
  return told
}
