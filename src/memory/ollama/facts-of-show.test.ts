import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { llamaNeed } from '../llama/llama-need.ts'
import { modelOfShow } from './facts-of-show.ts'
import { ollamaOptionsOf } from './ollama-options.ts'

const MIB = 1024 ** 2
const told: unknown = JSON.parse(
  readFileSync(new URL('fixtures/show-gemma3-270m.json', import.meta.url), 'utf8'),
)

test('what Ollama 0.17.4 tells of Gemma 3 270M leads to what it then takes', () => {
  const { facts, context } = modelOfShow(told)
  const options = ollamaOptionsOf({ flags: {}, env: {}, facts, context, gpuBytes: 0 })
  const { parts } = llamaNeed('ollama://gemma3-270m', facts, options, { on: 'host' })
  const mib = parts.map(({ name, bytes }) => [name, bytes === null ? null : bytes / MIB])
  // Its log: model weights 405.2 MiB, kv cache 27.0 MiB.
  expect(Object.fromEntries(mib)).toMatchObject({ weights: expect.closeTo(405.2, 1), kv_cache: 27 })
})

test('a list that it leaves out is not guessed at', () => {
  const { facts } = modelOfShow({
    model_info: {
      'general.architecture': 'deci',
      'deci.block_count': 2,
      'deci.attention.head_count': 4,
      'deci.attention.head_count_kv': null,
    },
  })
  expect(facts.shape).toEqual({
    unknown: 'deci.attention.head_count_kv is not a number, nor one for each layer',
  })
})

test('the context of a Modelfile is among its parameters; without any it is null', () => {
  expect(
    modelOfShow({ parameters: 'stop "a"\nnum_ctx                        2048\nseed 1' }).context,
  ).toBe(2_048)
  expect(modelOfShow({}).context).toBe(null)
  expect(modelOfShow('nonsense').facts.shape).toEqual({ unknown: 'the file names no architecture' })
})
