import {
  knownBytes,
  type LearnedBytes,
  learnedPart,
  type MemoryNeed,
  type MemoryPart,
  predictedPart,
  tokens,
  unknownPart,
} from '../need.ts'
import { isKnown, type ModelFacts, type ModelShape, type Unknown, type Weights } from '../shape.ts'
import { largestContext } from '../largest-context.ts'
import { cachesOf } from './caches.ts'
import { cellsOf } from './cells.ts'
import type { LlamaOptions } from './options.ts'
import { cacheTypes, fitsType, isQuantised } from './row-bytes.ts'

/** It never has Flash Attention, whatever is said. */
const FLASHLESS = 'grok'

/** What a need is asked for. */
export interface Asked {
  /** The memory of the GPU alone, or all of it: without a GPU, and where both have one memory. */
  on: 'gpu' | 'host'
  /** What runs have shown of the buffer for computing, without what grows with the context. */
  compute?: LearnedBytes | undefined
  /** What runs have shown that the process takes besides. */
  overhead?: LearnedBytes | undefined
}

/** All that parts are made of. */
interface Input {
  weights: Weights | Unknown
  shape: ModelShape
  options: LlamaOptions
  asked: Asked
}

/**
 * What a model needs in an engine with llama.cpp's caches, without starting it. `weights`, `kv_cache`, `state` and `output` are
 * the engine's own figures; `compute` is its slope, and whole where runs have shown the rest of it.
 */
export function llamaNeed(
  model: string,
  { weights, shape }: ModelFacts,
  given: LlamaOptions,
  asked: Asked,
): MemoryNeed {
  if (!isKnown(shape)) return shapeless(model, weights, shape.unknown, asked)
  const options = shape.architecture === FLASHLESS ? { ...given, flashAttention: false } : given
  const context = options.context ?? shape.contextLength
  const why = context === null ? 'nothing says how long its context is' : refusalOf(shape, options)
  if (context === null || why !== null) return shapeless(model, weights, why ?? '', asked)
  const input = { weights, shape, options, asked }
  const parts = partsOf(context, input)
  return {
    model,
    parts,
    bytes: knownBytes(parts),
    restsOn: groundsOf(context, input),
    contextFor: (freeBytes) =>
      largestContext(
        shape.contextLength,
        (tried) => (knownBytes(partsOf(tried, input)) ?? Infinity) <= freeBytes,
      ),
  }
}

/** Why llama.cpp refuses such a context, if it does (src/llama-context.cpp, `llama_init_from_model`). */
function refusalOf(shape: ModelShape, options: LlamaOptions): string | null {
  const { typeK, typeV, flashAttention } = options
  const odd = [typeK, typeV].find((type) => !cacheTypes.includes(type))
  if (odd !== undefined) return `the type ${odd} of the cache is not known`
  if (isQuantised(typeV) && !flashAttention && shape.widestV > 0) {
    return `V in ${typeV} needs Flash Attention: llama.cpp refuses such a context`
  }
  if (typeK !== typeV && shape.layers.some(({ latentV }) => latentV > 0)) {
    return 'K and V of a latent model have one type: llama.cpp refuses such a context'
  }
  const { k: ofK, v: ofV } = shape.headLengths
  const hasOddHeads = flashAttention && !(fitsType(typeK, ofK) && fitsType(typeV, ofV))
  const hasOddRows = shape.layers.some(
    ({ k, v, indexer }) => !fitsType(typeK, k) || !fitsType(typeV, v) || !fitsType(typeK, indexer),
  )
  if (!hasOddHeads && !hasOddRows) return null
  return `its rows are not of whole blocks of ${typeK} and ${typeV}: llama.cpp refuses such a context`
}

function partsOf(context: number, { weights, shape, options, asked }: Input): MemoryPart[] {
  const first = firstOnGpu(shape, options, asked)
  const cells = cellsOf(shape, context, options)
  const { kv, state, output, compute } = cachesOf(shape, cells, options, shape.layers.slice(first))
  const hasOutput = first <= shape.allLayers
  return [
    weightsPart(weights, { first, hasOutput, engine: options.engine, on: asked.on }),
    predictedPart('kv_cache', kv),
    ...(state > 0 ? [predictedPart('state', state)] : []),
    asked.compute === undefined
      ? predictedPart('compute', compute)
      : learnedPart('compute', { ...asked.compute, bytes: asked.compute.bytes + compute }),
    // The logits lie in main memory.
    ...(asked.on === 'gpu' ? [] : [outputPart(shape, output)]),
    overheadPart(asked),
  ]
}

/** The first layer that counts: on a GPU the last so many, with the output as one more. */
function firstOnGpu({ allLayers }: ModelShape, { gpuLayers }: LlamaOptions, { on }: Asked): number {
  if (on === 'host' || gpuLayers === null) return 0
  return Math.max(0, allLayers + 1 - gpuLayers)
}

function shapeless(
  model: string,
  weights: Weights | Unknown,
  why: string,
  asked: Asked,
): MemoryNeed {
  const parts = [
    weightsPart(weights, { first: 0, hasOutput: true, engine: 'llama.cpp', on: asked.on }),
    unknownPart('kv_cache', why),
    unknownPart('compute', why),
    overheadPart(asked),
  ]
  return { model, parts, bytes: knownBytes(parts), restsOn: [why], contextFor: () => null }
}

/** Which weights count. */
interface Counted extends Pick<Asked, 'on'>, Pick<LlamaOptions, 'engine'> {
  /** The first layer. */
  first: number
  /** Whether what comes after the layers does. */
  hasOutput: boolean
}

function weightsPart(
  weights: Weights | Unknown,
  { on, engine, first, hasOutput }: Counted,
): MemoryPart {
  if (!isKnown(weights)) return unknownPart('weights', weights.unknown)
  const { input, layers, output, shared, beside } = weights
  const counted = layers.slice(first).reduce((sum, bytes) => sum + bytes, 0)
  // Ollama's own engine has them twice wherever they lie.
  const twice = engine === 'ollama' ? shared : 0
  if (on === 'host') return predictedPart('weights', input + counted + output + beside + twice)
  return predictedPart('weights', counted + beside + (hasOutput ? output + shared : 0))
}

function outputPart({ vocabulary }: ModelShape, bytes: number): MemoryPart {
  return vocabulary === null
    ? unknownPart('output', 'the file does not say how many tokens the model knows')
    : predictedPart('output', bytes)
}

function overheadPart({ overhead }: Asked): MemoryPart {
  return overhead === undefined
    ? unknownPart('overhead', 'no run has shown what the process takes besides')
    : learnedPart('overhead', overhead)
}

function groundsOf(context: number, { shape, options, asked }: Input): string[] {
  const { slots, unified } = cellsOf(shape, context, options)
  const { typeK, typeV, flashAttention, fullWindows, ubatch, gpuLayers } = options
  const all = options.context === null ? ', all that the model was made for' : ''
  const shared = unified ? 'one unified cache' : 'a cache each'
  const has = (condition: boolean, ground: string): string[] => (condition ? [ground] : [])
  return [
    `context ${tokens(context)}${all}`,
    slots === 1 ? '1 slot' : `${slots} slots, ${shared}`,
    typeK === typeV ? `K and V in ${typeK}` : `K in ${typeK}, V in ${typeV}`,
    `Flash Attention ${flashAttention ? 'on' : 'off'}`,
    ...has(fullWindows && shape.window !== null, 'windows that keep all tokens'),
    `${tokens(ubatch)} tokens computed at a time`,
    ...has(
      asked.on === 'gpu' && gpuLayers !== null,
      `${gpuLayers} of ${shape.allLayers + 1} layers on the GPU`,
    ),
    ...has(
      asked.compute === undefined,
      'of the buffer for computing only what grows with the context',
    ),
    ...shape.caveats,
  ]
}
