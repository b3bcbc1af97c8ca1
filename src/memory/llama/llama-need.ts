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
import { isKnown, type ModelFacts, type ModelShape } from '../shape.ts'
import { cachesOf } from './caches.ts'
import { type Cells, cellsOf } from './cells.ts'
import type { LlamaOptions } from './options.ts'
import { cacheTypes, fitsType, isQuantised } from './row-bytes.ts'

/** The context grows by so many tokens at a time. */
const STEP = 256

/** What runs have shown of the parts that no rule gives. */
export interface LlamaLearned {
  /** The buffer for computing without what grows with the context. */
  compute?: LearnedBytes | undefined
  /** What the process takes besides. */
  overhead?: LearnedBytes | undefined
}

/**
 * What a model needs in an engine with llama.cpp's caches, without starting it. `weights`, `kv_cache`, `state` and `output` are
 * the engine's own figures; `compute` is its slope, and whole where `learned` has the rest of it.
 */
export function llamaNeed(
  model: string,
  facts: ModelFacts,
  options: LlamaOptions,
  learned: LlamaLearned = {},
): MemoryNeed {
  const { shape } = facts
  const asked = options.context ?? (isKnown(shape) ? shape.contextLength : null)
  const refusal = isKnown(shape) ? refusalOf(shape, options) : shape.unknown
  if (!isKnown(shape) || refusal !== null || asked === null) {
    return shapeless(
      model,
      facts,
      refusal ?? 'the file does not say how long a context it was made for',
      learned,
    )
  }
  const partsAt = (context: number): MemoryPart[] =>
    partsOf(facts, shape, cellsOf(context, options), options, learned)
  const parts = partsAt(asked)
  return {
    model,
    parts,
    bytes: knownBytes(parts),
    restsOn: groundsOf(shape, asked, options, learned),
    contextFor: (freeBytes) =>
      largestContext(shape, (context) => (knownBytes(partsAt(context)) ?? Infinity) <= freeBytes),
  }
}

/** Why the engine refuses such a context, if it does. */
function refusalOf(
  shape: ModelShape,
  { typeK, typeV, flashAttention }: LlamaOptions,
): string | null {
  const odd = [typeK, typeV].find((type) => !cacheTypes.includes(type))
  if (odd !== undefined) return `the type ${odd} of the cache is not known`
  if (isQuantised(typeV) && !flashAttention && shape.widestV > 0) {
    return `V in ${typeV} needs Flash Attention: llama.cpp refuses such a context`
  }
  const broken = shape.layers.some(
    ({ k, v, indexer }) => !fitsType(typeK, k) || !fitsType(typeV, v) || !fitsType(typeK, indexer),
  )
  return broken
    ? `rows of this model are not of whole blocks of ${typeK} and ${typeV}: llama.cpp refuses such a context`
    : null
}

function partsOf(
  facts: ModelFacts,
  shape: ModelShape,
  cells: Cells,
  options: LlamaOptions,
  learned: LlamaLearned,
): MemoryPart[] {
  const { kv, state, output, compute } = cachesOf(shape, cells, options)
  return [
    weightsPart(facts),
    predictedPart('kv_cache', kv),
    ...(state > 0 ? [predictedPart('state', state)] : []),
    learned.compute === undefined
      ? predictedPart('compute', compute)
      : learnedPart('compute', { ...learned.compute, bytes: learned.compute.bytes + compute }),
    shape.vocabulary === null
      ? unknownPart('output', 'the file does not say how many tokens the model knows')
      : predictedPart('output', output),
    overheadPart(learned),
  ]
}

function shapeless(
  model: string,
  facts: ModelFacts,
  why: string,
  learned: LlamaLearned,
): MemoryNeed {
  const parts = [
    weightsPart(facts),
    unknownPart('kv_cache', why),
    unknownPart('compute', why),
    overheadPart(learned),
  ]
  return { model, parts, bytes: knownBytes(parts), restsOn: [why], contextFor: () => null }
}

function weightsPart({ weights }: ModelFacts): MemoryPart {
  return weights === null
    ? unknownPart('weights', 'there is no list of its tensors')
    : predictedPart('weights', weights)
}

function overheadPart({ overhead }: LlamaLearned): MemoryPart {
  return overhead === undefined
    ? unknownPart('overhead', 'no run has shown what the process takes besides')
    : learnedPart('overhead', overhead)
}

function groundsOf(
  shape: ModelShape,
  asked: number,
  options: LlamaOptions,
  learned: LlamaLearned,
): string[] {
  const { slots, unified } = cellsOf(asked, options)
  const { typeK, typeV, flashAttention, ubatch, context } = options
  const shared = unified ? 'one unified cache' : 'a cache each'
  return [
    `context ${tokens(asked)}${context === null ? ', all that the model was made for' : ''}`,
    slots === 1 ? '1 slot' : `${slots} slots, ${shared}`,
    typeK === typeV ? `K and V in ${typeK}` : `K in ${typeK}, V in ${typeV}`,
    `Flash Attention ${flashAttention ? 'on' : 'off'}`,
    `${tokens(ubatch)} tokens computed at a time`,
    ...(learned.compute === undefined
      ? ['of the buffer for computing only what grows with the context']
      : []),
    ...shape.caveats,
  ]
}

/** The largest context up to what the model was made for that fits, in steps of the engine's own rounding. */
function largestContext(shape: ModelShape, fits: (context: number) => boolean): number | null {
  const limit = shape.contextLength
  if (limit === null || !fits(Math.min(STEP, limit))) return null
  if (fits(limit)) return limit
  let [least, most] = [1, Math.floor(limit / STEP)]
  while (least < most) {
    const middle = Math.ceil((least + most) / 2)
    if (fits(middle * STEP)) least = middle
    else most = middle - 1
  }
  return least * STEP
}
