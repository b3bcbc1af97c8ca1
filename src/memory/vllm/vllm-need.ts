import type { AttentionShape } from '../hugging-face/config-shape.ts'
import type { HuggingFaceModel } from '../hugging-face/read-model.ts'
import { largestContext } from '../largest-context.ts'
import {
  knownBytes,
  type LearnedBytes,
  learnedPart,
  type MemoryNeed,
  type MemoryPart,
  type PartName,
  predictedPart,
  tokens,
  unknownPart,
} from '../need.ts'
import { isKnown } from '../shape.ts'
import type { VllmOptions } from './vllm-options.ts'

/** Tokens of a block of the cache. */
const BLOCK = 16
/** Bytes of the types that people name; those of the cache begin with them: `fp8_e5m2`. */
const SIZES = [
  [/^(?:float32|float|fp32)/, 4],
  [/^(?:float16|half|bfloat16|fp16|bf16|auto)/, 2],
  [/^(?:fp8|int8|uint8|float8)/, 1],
] as const

/** What runs have shown of the parts that no rule gives. */
export interface VllmLearned {
  compute?: LearnedBytes | undefined
  graphs?: LearnedBytes | undefined
  overhead?: LearnedBytes | undefined
}

/**
 * What a model needs in vLLM for one conversation that fills its context, on all its cards together. vLLM takes what it is
 * given beyond that, and holds more conversations.
 */
export function vllmNeed(
  model: string,
  facts: HuggingFaceModel,
  options: VllmOptions,
  learned: VllmLearned = {},
): MemoryNeed {
  const { shape } = facts
  const context = options.context ?? (isKnown(shape) ? shape.contextLength : null)
  const partsAt = (tried: number | null): MemoryPart[] => [
    weightsPart(facts, options),
    cachePart(facts, options, tried),
    ...(['compute', 'graphs', 'overhead'] as const).map((name) => otherPart(name, learned)),
  ]
  const parts = partsAt(context)
  return {
    model,
    parts,
    bytes: knownBytes(parts),
    restsOn: groundsOf(facts, options, context),
    contextFor: (freeBytes) =>
      isKnown(shape)
        ? largestContext(shape.contextLength, (tried) => {
            const bytes = knownBytes(partsAt(tried))
            return bytes !== null && bytes <= freeBytes
          })
        : null,
  }
}

/** Bytes of K and V on all cards for one conversation of so many tokens. */
export function cacheBytes(
  shape: AttentionShape,
  options: VllmOptions,
  typeBytes: number,
  context: number,
): number {
  const { layers, windowLayers, window, kvHeads, headLength, latent } = shape
  // Each card has at least one head; what is latent is there on every one.
  const numbers = latent ?? 2 * Math.max(1, Math.ceil(kvHeads / options.cards)) * headLength
  const kept = windowLayers === 0 ? 0 : Math.min(window - 1 + options.batchedTokens, context)
  return (
    (blocks(context) * layers + blocks(kept) * windowLayers) * numbers * typeBytes * options.cards
  )
}

function blocks(count: number): number {
  return Math.ceil(count / BLOCK) * BLOCK
}

function cachePart(
  facts: HuggingFaceModel,
  options: VllmOptions,
  context: number | null,
): MemoryPart {
  const { shape } = facts
  if (!isKnown(shape)) return unknownPart('kv_cache', shape.unknown)
  if (context === null) return unknownPart('kv_cache', 'nothing says how long its context is')
  const type = options.cacheType === 'auto' ? usedType(facts, options) : options.cacheType
  const bytes = sizeOf(type)
  if (bytes === null) return unknownPart('kv_cache', `the type ${type} of the cache is not known`)
  return predictedPart('kv_cache', cacheBytes(shape, options, bytes, context))
}

function weightsPart(facts: HuggingFaceModel, options: VllmOptions): MemoryPart {
  const { weights, dtype, quantised } = facts
  if (typeof weights !== 'number') return unknownPart('weights', weights.unknown)
  if (quantised) return predictedPart('weights', weights)
  if (options.quantization !== null) {
    return unknownPart('weights', `they become ${options.quantization} while they are loaded`)
  }
  const [stored, used] = [sizeOf(dtype ?? 'auto'), sizeOf(usedType(facts, options))]
  if (stored === null || used === null) return unknownPart('weights', `their type is not known`)
  return predictedPart('weights', (weights / stored) * used)
}

/** The type that weights are computed in. Of `float32` vLLM makes a half by itself. */
function usedType({ dtype }: HuggingFaceModel, options: VllmOptions): string {
  if (options.dtype !== 'auto') return options.dtype
  return dtype === null || sizeOf(dtype) === 4 ? 'bfloat16' : dtype
}

function sizeOf(type: string): number | null {
  return SIZES.find(([pattern]) => pattern.test(type))?.[1] ?? null
}

function otherPart(name: Extract<PartName, keyof VllmLearned>, learned: VllmLearned): MemoryPart {
  const bytes = learned[name]
  return bytes === undefined ? unknownPart(name, 'no run has shown it') : learnedPart(name, bytes)
}

function groundsOf(
  facts: HuggingFaceModel,
  options: VllmOptions,
  context: number | null,
): string[] {
  const { shape } = facts
  if (!isKnown(shape)) return [shape.unknown]
  const all = options.context === null ? ', all that the model was made for' : ''
  const type = options.cacheType === 'auto' ? usedType(facts, options) : options.cacheType
  return [
    ...(context === null ? [] : [`context ${tokens(context)}${all}`]),
    'one conversation that fills it',
    `K and V in ${type}`,
    ...(shape.windowLayers > 0
      ? [`${tokens(options.batchedTokens)} tokens computed at a time`]
      : []),
    ...(options.cards > 1 ? [`${options.cards} GPUs, each with the same`] : []),
  ]
}
