import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bools,
  f32,
  ggufHeader,
  type GgufInput,
  u32,
  u32s,
} from '../../../test/support/gguf-file.ts'
import { type GgufHeader, NoGgufError, walkHeader, type Wanted } from './walk-header.ts'

const words = Array.from({ length: 60_000 }, (_, index) => `the longer word ${index}`)
const sample: Record<string, GgufInput> = {
  'general.architecture': 'llama',
  'llama.block_count': u32(2),
  'llama.rope.freq_base': f32(10_000),
  'llama.attention.head_count_kv': u32s([4, 0]),
  'llama.windowed': bools([true, false]),
  'tokenizer.ggml.add_bos': true,
  'tokenizer.ggml.tokens': ['a', 'b', 'c'],
  'tokenizer.chat_template': 'x'.repeat(5_000),
}
const tensors = [
  { name: 'token_embd.weight', dimensions: [64, 3], type: 'q8_0' },
  { name: 'blk.0.attn_q.weight', dimensions: [64, 64], type: 'f16' },
] as const

test('a header has its values and tensors; of long texts and vocabularies only the length', () => {
  const { header } = walked(ggufHeader(sample, tensors))
  expect([...header.metadata]).toEqual([
    ['general.architecture', 'llama'],
    ['llama.block_count', 2],
    ['llama.rope.freq_base', 10_000],
    ['llama.attention.head_count_kv', [4, 0]],
    ['llama.windowed', [true, false]],
    ['tokenizer.ggml.add_bos', true],
    ['tokenizer.ggml.tokens', { length: 3 }],
  ])
  expect(header.tensors).toEqual([
    { name: 'token_embd.weight', dimensions: [64, 3], type: 8 },
    { name: 'blk.0.attn_q.weight', dimensions: [64, 64], type: 1 },
  ])
})

test('a vocabulary of 60,000 words takes as many reads as its header has MiB, and one more at most', () => {
  const bytes = ggufHeader({ ...sample, 'tokenizer.ggml.tokens': words })
  const { header, reads } = walked(bytes)
  expect(header.metadata.get('tokenizer.ggml.tokens')).toEqual({ length: 60_000 })
  expect(reads).toBeLessThanOrEqual(Math.ceil(bytes.length / 2 ** 20) + 1)
})

test('a list of numbers that is as long as a vocabulary is not read at all', () => {
  const scores = { type: 'f32' as const, list: Array.from({ length: 600_000 }, () => 0) }
  const before = walked(ggufHeader({ a: u32(1), b: u32(2) })).reads
  const { reads, header } = walked(ggufHeader({ a: u32(1), scores, b: u32(2) }))
  expect(header.metadata.get('scores')).toEqual({ length: 600_000 })
  expect(header.metadata.get('b')).toBe(2)
  // One where it begins and one behind it.
  expect(reads).toBe(before + 1)
})

test.for([
  ['of another kind', Buffer.from('PK\u0003\u0004 and so on'), 'it does not begin with GGUF'],
  ['empty', Buffer.alloc(0), 'it ends in the middle of its header'],
  [
    'of version 1',
    Buffer.concat([Buffer.from('GGUF'), Buffer.from([1, 0, 0, 0]), Buffer.alloc(16)]),
    'its version of the format is 1, and 2 and 3 are known',
  ],
  [
    'for another order of bytes',
    Buffer.concat([Buffer.from('GGUF'), Buffer.from([0, 0, 0, 3]), Buffer.alloc(16)]),
    'it is made for processors of the other byte order',
  ],
  [
    'with more tensors than bytes',
    Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0]), Buffer.alloc(16, 0xff)]),
    'it ends in the middle of its header',
  ],
] as const)('a file %s is refused in a sentence', ([, bytes, sentence]) => {
  expect(() => walked(bytes)).toThrow(new NoGgufError(sentence))
})

test('a header that is cut off anywhere is refused', () => {
  const bytes = ggufHeader(sample, tensors)
  const end = bytes.lastIndexOf('blk.0.attn_q.weight')
  for (let length = 0; length < end; length += 7) {
    expect(() => walked(bytes.subarray(0, length)), String(length)).toThrow(NoGgufError)
  }
})

test('a header with any bytes in the place of others is read or refused, in few reads', () => {
  const bytes = ggufHeader(sample, tensors)
  const spoils = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 12,
  })
  const property = fc.property(spoils, (changes) => {
    const spoiled = Buffer.from(bytes)
    for (const [at, byte] of changes) spoiled[at] = byte
    let reads = 0
    try {
      reads = walked(spoiled).reads
    } catch (error) {
      if (!(error instanceof NoGgufError)) throw error
    }
    expect(reads).toBeLessThan(20)
  })
  fc.assert(property, { numRuns: 1_000 })
  expect.hasAssertions()
})

/** Walks through a file that lies in memory. */
function walked(file: Buffer): { header: GgufHeader; reads: number } {
  const walk = walkHeader(file.length)
  let reads = 0
  let next: IteratorResult<Wanted, GgufHeader> = walk.next()
  while (next.done !== true) {
    const { position, length } = next.value
    reads += 1
    next = walk.next(file.subarray(position, position + length))
  }
  return { header: next.value, reads }
}
