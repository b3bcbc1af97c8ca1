import { expect, test } from 'vitest'
import { EngineLogReader } from '../log/engine-log-reader.ts'
import {
  knownBytes,
  learnedPart,
  type MemoryNeed,
  type MemoryPart,
  predictedPart,
  unknownPart,
} from '../need.ts'
import { cacheNews, takesCacheBytes, vllmShare } from './vllm-share.ts'

const GIB = 1024 ** 3

function needing(...others: MemoryPart[]): MemoryNeed {
  const parts = [predictedPart('weights', 8 * GIB), predictedPart('kv_cache', 2 * GIB), ...others]
  return { model: 'vllm://x', parts, bytes: knownBytes(parts), restsOn: [], contextFor: () => null }
}

const card = { cards: 1, conversations: 1, total: 24 * GIB, free: 22 * GIB }
const unknown = needing(unknownPart('compute', 'no run'), unknownPart('graphs', 'no run'))

test('a version that can be told takes its cache in bytes, with a margin, and needs only so much free to start', () => {
  const share = vllmShare({ ...card, need: unknown, version: '0.11.0+cu129' })
  expect(share).toEqual({
    cacheBytes: Math.ceil(2 * GIB * 1.05),
    // 8 of weights, 2.1 of cache, 2 for computing and 0.042 of the card for graphs.
    utilization: 0.547,
    how:
      '--kv-cache-memory-bytes 2254857831: weights 8.00 GB, cache 2.10 GB (one conversation, margin 5 %), 2.00 GB for ' +
      'computing, 1.01 GB for graphs; between 0.05 and 0.906 of each GPU',
  })
})

test('an older one takes a share of the card, that of its graphs on top', () => {
  const share = vllmShare({ ...card, need: unknown, version: '0.10.1' })
  expect(share).toMatchObject({ cacheBytes: null, utilization: 0.547 })
  expect(share?.how).toMatch(
    /^--gpu-memory-utilization 0\.547: .*; vLLM 0\.10\.1 cannot be told the cache alone$/,
  )
  expect(vllmShare({ ...card, need: unknown, version: null })?.how).toMatch(
    /vLLM of unknown version cannot/,
  )
})

test('what runs have shown takes the place of what is allowed for', () => {
  const learned = (name: 'compute' | 'overhead' | 'graphs', gigabytes: number): MemoryPart =>
    learnedPart(name, { bytes: gigabytes * GIB, n: 4, spread: 0 })
  const need = needing(learned('compute', 1), learned('overhead', 0.3), learned('graphs', 0.5))
  expect(vllmShare({ ...card, need, version: '0.21.0' })?.utilization).toBe(0.496)
})

test('more conversations take more, as far as there is room, and tensor parallel takes an even part of each', () => {
  const many = vllmShare({ ...card, need: unknown, conversations: 64, version: '0.21.0' })
  expect(many!.cacheBytes! / GIB).toBeCloseTo(22 - 8 - 2 - 0.042 * 24)
  expect(many!.utilization).toBe(0.906)
  const two = vllmShare({ ...card, need: unknown, cards: 2, version: '0.21.0' })
  expect(two).toMatchObject({ cacheBytes: Math.ceil(GIB * 1.05), utilization: 0.336 })
})

test('where it is not known, or has no room anyway, nothing is told', () => {
  const none = needing()
  const parts = [predictedPart('weights', 8 * GIB), unknownPart('kv_cache', 'why')]
  expect(vllmShare({ ...card, need: { ...none, parts }, version: '0.21.0' })).toBeNull()
  expect(vllmShare({ ...card, need: none, free: 9 * GIB, version: '0.21.0' })).toBeNull()
})

test.for([
  ['0.10.1', false],
  ['0.11.0', true],
  ['0.21.0rc1', true],
  ['v1.0.0', true],
  ['latest', false],
  [null, false],
] as const)('whether vLLM %s takes its cache in bytes', ([version, takes]) => {
  expect(takesCacheBytes(version)).toBe(takes)
})

function loadOf(log: string) {
  const reader = new EngineLogReader()
  for (const line of log.trim().split('\n')) reader.line(line.trim())
  return reader.loads().at(-1)!
}

test('a cache that came out smaller than asked is told from vLLM’s own lines', () => {
  const asked = { cacheBytes: 2 * GIB }
  const small = loadOf(`
    (EngineCore_DP0 pid=72) INFO [gpu_worker.py:276] Available KV cache memory: 1.25 GiB
    (EngineCore_DP0 pid=72) INFO [kv_cache_utils.py:864] GPU KV cache size: 10,240 tokens
    (EngineCore_DP0 pid=72) INFO [kv_cache_utils.py:868] Maximum concurrency for 16,384 tokens per request: 0.63x
  `)
  expect(cacheNews(asked, small)).toBe('Its cache came out smaller than asked: 1.25 GB of 2.00 GB.')
  expect(cacheNews({ cacheBytes: null }, small)).toBe(
    'Its cache holds 10240 tokens, fewer than the 16384 of one conversation.',
  )
  const whole = loadOf(`
    (EngineCore_DP0 pid=72) INFO [gpu_worker.py:276] Available KV cache memory: 2.0 GiB
    (EngineCore_DP0 pid=72) INFO [kv_cache_utils.py:864] GPU KV cache size: 16,896 tokens
    (EngineCore_DP0 pid=72) INFO [kv_cache_utils.py:868] Maximum concurrency for 16,384 tokens per request: 1.03x
  `)
  expect(cacheNews(asked, whole)).toBeNull()
})
