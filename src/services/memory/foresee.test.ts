import { expect, test } from 'vitest'
import { modelUri, planOf } from '../../../test/support/services.ts'
import {
  knownBytes,
  learnedPart,
  type MemoryNeed,
  predictedPart,
  unknownPart,
} from '../../memory/need.ts'
import { partsInWords } from '../../memory/room/words.ts'
import { foresee, type Surroundings } from './foresee.ts'

const GIB = 1024 ** 3
const TOKEN_BYTES = 128 * 1024

/** A model of some GB of weights whose cache takes 128 KiB a token. */
function needing(model: string, weights: number, context: number): MemoryNeed {
  const partsAt = (tokens: number) => [
    predictedPart('weights', weights * GIB),
    predictedPart('kv_cache', tokens * TOKEN_BYTES),
    learnedPart('compute', { bytes: 0.5 * GIB, n: 4, spread: 0 }),
    unknownPart('overhead', 'no run has shown it'),
  ]
  return {
    model,
    parts: partsAt(context),
    bytes: knownBytes(partsAt(context)),
    restsOn: [`context ${context}`, 'Flash Attention on'],
    contextFor(free) {
      const fits = Math.floor((free - (weights + 0.5) * GIB) / TOKEN_BYTES / 256) * 256
      return fits > 0 ? fits : null
    },
  }
}

const needs: Record<string, MemoryNeed> = {
  small: needing('llamacpp://small.gguf', 4, 8_192),
  long: needing('llamacpp://long.gguf', 4, 262_144),
  large: needing('llamacpp://large.gguf', 30, 8_192),
}

const around: Surroundings = {
  hasGpu: true,
  sample: {
    stale: false,
    gpus: [
      {
        index: 0,
        uuid: 'GPU-0',
        name: 'RTX 4090',
        total: 24 * GIB,
        used: 2 * GIB,
        utilization: null,
        throttled: null,
      },
    ],
  },
  processes: [
    { pid: 4711, name: 'python', used: 1.5 * GIB },
    { pid: 1, name: 'Xorg', used: 0.02 * GIB },
  ],
}

function foreseen(...names: string[]) {
  const models = names.map((name) => modelUri(`llamacpp://${name}.gguf`))
  const context = { plan: planOf([]), root: '/', env: {} }
  return foresee(models, around, context, async (model) => needs[model.name.replace('.gguf', '')]!)
}

test('a model that fits is told with its parts, each with where it comes from', async () => {
  const { verdict, sentences, placements, event } = await foreseen('small')
  expect(verdict).toBe('fits')
  expect(sentences).toEqual(['needs at least 5.50 GB, and 22.00 GB of 24.00 GB of GPU 0 are free.'])
  expect(partsInWords(placements[0]!.need)).toBe(
    'weights 4.00 GB (predicted), KV cache 1.00 GB (predicted), compute buffer 512 MB (learned, n=4), overhead not ' +
      'known (no run has shown it). It rests on context 8192; Flash Attention on.',
  )
  expect(event).toMatchObject({
    bytes: 5.5 * GIB,
    free: 22 * GIB,
    total: 24 * GIB,
    memory: 'gpu',
    needs: [{ gpus: [0], largest_context: null, verdict: 'fits' }],
  })
})

test('what does not fit is told with the largest context that does', async () => {
  const { verdict, sentences, event } = await foreseen('long')
  expect(verdict).toBe('too_large')
  expect(sentences).toEqual([
    'needs at least 36.50 GB, and 22.00 GB of 24.00 GB of GPU 0 are free. Held by others: python (pid 4711) 1.50 GB. ' +
      'The largest context that fits is #ctx=143360.',
  ])
  expect(event.needs[0]?.largest_context).toBe(143_360)
  const hopeless = await foreseen('large')
  expect(hopeless.sentences[0]).toMatch(
    / No context is short enough: the rest alone is too large\.$/,
  )
})

test('the models of a loadout are summed', async () => {
  const { verdict, event } = await foreseen('small', 'small', 'small', 'small')
  expect(verdict).toBe('fits')
  expect(event.bytes).toBe(22 * GIB)
  expect((await foreseen('small', 'small', 'small', 'small', 'small')).verdict).toBe('too_large')
})

test('without a GPU it is the machine’s memory, and of a GPU that cannot be read nothing is guessed', async () => {
  const context = { plan: planOf([]), root: '/', env: {} }
  const [model] = [modelUri('llamacpp://small.gguf')]
  const nothing = { sample: null, processes: [] }
  const given = async () => needing('llamacpp://small.gguf', 0.001, 256)
  const host = await foresee([model!], { ...nothing, hasGpu: false }, context, given)
  expect(host.event).toMatchObject({ memory: 'host', needs: [{ gpus: [] }] })
  expect(host.event.free).toBeGreaterThan(0)
  const unread = await foresee([model!], { ...nothing, hasGpu: true }, context, given)
  expect(unread.verdict).toBe('unknown')
  // A Mac tells what there is of main memory, and not what is free.
  const [memory, where] =
    process.platform === 'darwin' ? ['host', /main memory/] : ['gpu', /the GPU/]
  expect(unread.event.memory).toBe(memory)
  expect(unread.sentences[0]).toMatch(where)
  expect(unread.sentences[0]).toMatch(
    /^needs at least 545 MB, and how much of .* is free is not known\./,
  )
})

test('a model that the plan keeps off the GPU is measured against main memory', async () => {
  const context = { plan: planOf([]), root: '/', env: {} }
  const asked: string[] = []
  const { event } = await foresee(
    [modelUri('llamacpp://x.gguf#ngl=0')],
    around,
    context,
    async (model, _, { on }) => {
      asked.push(on)
      return needing(model.text, 0.001, 256)
    },
  )
  expect(asked).toEqual(['host'])
  expect(event).toMatchObject({ memory: 'host', needs: [{ gpus: [] }] })
})
