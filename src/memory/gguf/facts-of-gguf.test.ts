import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  bytesOf,
  ggufHeader,
  type GgufInput,
  type TensorInput,
  u32,
  writeGguf,
} from '../../../test/support/gguf-file.ts'
import { factsOfGguf } from './facts-of-gguf.ts'

const keys: Record<string, GgufInput> = {
  'general.architecture': 'llama',
  'llama.block_count': u32(3),
  'llama.nextn_predict_layers': u32(1),
  'llama.context_length': u32(4_096),
  'llama.embedding_length': u32(64),
  'llama.attention.head_count': u32(4),
  'llama.attention.head_count_kv': u32(2),
}
const tensors: TensorInput[] = [
  { name: 'token_embd.weight', dimensions: [64, 100], type: 'q8_0' },
  { name: 'blk.0.attn_q.weight', dimensions: [64, 64], type: 'f16' },
  { name: 'blk.1.attn_q.weight', dimensions: [64, 64], type: 'f32' },
  { name: 'blk.1.attn_k.weight', dimensions: [64, 32], type: 'q4_0' },
  { name: 'blk.2.nextn.eh_proj.weight', dimensions: [128, 64], type: 'f16' },
  { name: 'output_norm.weight', dimensions: [64], type: 'f32' },
]
const weights = {
  input: 6_800,
  layers: [8_192, 17_536],
  output: 256,
  shared: 6_800,
  beside: 0,
}

test('weights are the tensors that are loaded: those of layers for further tokens are not', async () => {
  const path = join(folder(), 'model.gguf')
  writeGguf(path, keys, tensors)
  const facts = await factsOfGguf(path)
  expect(facts.architecture).toBe('llama')
  expect(facts.weights).toEqual(weights)
  expect(bytesOf(tensors[2]!) + bytesOf(tensors[3]!)).toBe(17_536)
})

test('a header without what comes after it tells as much', async () => {
  const path = join(folder(), 'header.gguf')
  writeFileSync(path, ggufHeader(keys, tensors))
  expect((await factsOfGguf(path)).weights).toEqual(weights)
})

test('a header without tensors has a shape and no weights', async () => {
  const path = join(folder(), 'header.gguf')
  writeFileSync(path, ggufHeader(keys))
  const { weights: none, shape } = await factsOfGguf(path)
  expect(none).toEqual({ unknown: 'there is no list of its tensors' })
  expect(shape).toMatchObject({
    allLayers: 3,
    layers: [
      { k: 32, v: 32 },
      { k: 32, v: 32 },
    ],
  })
})

test('a model in several files is the tensors of all', async () => {
  const place = folder()
  for (const part of [1, 2, 3]) {
    const split = { 'split.count': u32(3), 'split.no': u32(part - 1) }
    const own = tensors.slice((part - 1) * 2, part * 2)
    writeGguf(
      join(place, `m-0000${part}-of-00003.gguf`),
      { ...(part === 1 ? keys : {}), ...split },
      own,
    )
  }
  expect((await factsOfGguf(join(place, 'm-00001-of-00003.gguf'))).weights).toEqual(weights)
  rmSync(join(place, 'm-00003-of-00003.gguf'))
  const without = await factsOfGguf(join(place, 'm-00001-of-00003.gguf'))
  expect(without.weights).toMatchObject({ unknown: expect.stringContaining('ENOENT') })
})

test('what is no GGUF, is a folder or is not there is not known, with the reason', async () => {
  const place = folder()
  writeFileSync(join(place, 'a.gguf'), 'not one')
  const whys = await Promise.all(
    [join(place, 'a.gguf'), place, join(place, 'b.gguf')].map(async (path) => {
      const { shape } = await factsOfGguf(path)
      return 'unknown' in shape ? shape.unknown.replaceAll(place, '') : shape
    }),
  )
  expect(whys).toEqual([
    'a.gguf cannot be read: it does not begin with GGUF',
    expect.stringContaining('cannot be read: it is a folder'),
    expect.stringContaining('ENOENT'),
  ])
})

test('a type of tensors that is not known makes the weights unknown', async () => {
  const path = join(folder(), 'model.gguf')
  const header = ggufHeader(keys, [{ name: 'blk.0.x.weight', dimensions: [64], type: 'f16' }])
  header.writeUInt32LE(99, header.indexOf('blk.0.x.weight') + 'blk.0.x.weight'.length + 4 + 8)
  writeFileSync(path, header)
  expect((await factsOfGguf(path)).weights).toEqual({
    unknown: 'the type 99 of its tensor blk.0.x.weight is not known',
  })
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'jarvis-gguf-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
