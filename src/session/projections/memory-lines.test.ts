import { expect, test } from 'vitest'
import type { EventOf } from '../../events/index.ts'
import { memoryLines } from './memory-lines.ts'

const GB = 1024 ** 3

const measured: EventOf<'memory_measured'> = {
  type: 'memory_measured',
  domain: 'llm',
  loadout: 'llamacpp-a',
  service: 'a',
  model: 'llamacpp://a.gguf',
  engine: 'llamacpp',
  version: '9284',
  device: 'NVIDIA GeForce RTX 4090',
  architecture: 'gemma3',
  quantisation: 'Q4_K - Medium',
  context: 14_336,
  slots: 4,
  unified: true,
  ubatch: 512,
  flash_attention: true,
  kv_types: { k: 'f16', v: 'f16' },
  layers: { offloaded: 30, total: 49 },
  parts: [
    { part: 'weights', device: 'CUDA0', bytes: 10 * GB },
    { part: 'weights', device: 'CPU_Mapped', bytes: GB },
    { part: 'kv_cache', device: 'CUDA0', bytes: 2 * GB },
    { part: 'compute', device: 'CUDA0', bytes: GB / 2 },
    { part: 'output', device: 'CUDA_Host', bytes: 4_096 },
  ],
  total_bytes: null,
  kv_tokens: null,
  kv_rest_bytes: null,
  utilization: null,
  told: ['context cut from 40960 to 14336 tokens'],
  process: null,
}

test('the story says what a load took, and what its engine has changed by itself', () => {
  expect(memoryLines(measured)).toEqual([
    [
      'INFO',
      'Memory Taken: llamacpp://a.gguf (weights 11.00 GB, KV cache 2.00 GB, compute 512 MB; 14336 tokens, 30 of 49 layers on the GPU, NVIDIA GeForce RTX 4090)',
    ],
    ['WARN', 'llamacpp://a.gguf: context cut from 40960 to 14336 tokens'],
  ])
})

test('what nobody has told is not there', () => {
  const unknown = { ...measured, context: null, layers: null, device: null, parts: [], told: [] }
  expect(memoryLines(unknown)).toEqual([['INFO', 'Memory Taken: llamacpp://a.gguf (n/a)']])
})
