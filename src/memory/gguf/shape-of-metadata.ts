import type { LayerShape, ModelShape, Unknown } from '../shape.ts'
import { type Architecture, architectures } from './architectures.ts'
import { type Keys, keysOf, NotTold } from './keys.ts'
import { type Metadata, numberOf } from './metadata.ts'
import { recurrentLayers, stateOf } from './recurrent.ts'
import { windowsOf } from './windows.ts'

/** From GLM 5.2 on, whose context is this long, one layer in four has an indexer of its own. */
const SPARE_INDEXERS_FROM = 1_048_576

/** What a GGUF's metadata says of what a context takes. */
export function shapeOfMetadata(metadata: Metadata): ModelShape | Unknown {
  const architecture = metadata.get('general.architecture')
  if (typeof architecture !== 'string') return { unknown: 'the file names no architecture' }
  const known = architectures.get(architecture)
  if (known === undefined) return { unknown: `the architecture ${architecture} is not known` }
  try {
    return shapeOf(keysOf(metadata, architecture), known, vocabularyOf(metadata, architecture))
  } catch (error) {
    if (error instanceof NotTold) return { unknown: error.message }
    throw error
  }
}

function shapeOf(keys: Keys, known: Architecture, vocabulary: number | null): ModelShape {
  const heads = keys.numbers('attention.head_count') ?? filled(keys, 0)
  const kvHeads = keys.numbers('attention.head_count_kv') ?? heads
  const windows = windowsOf(keys, known, kvHeads)
  const widths = windows.layers.map((windowed, layer) =>
    widthsOf(keys, heads[0] ?? 0, kvHeads[layer] ?? 0, windowed),
  )
  const recurrent = recurrentLayers(keys, known, kvHeads)
  const state = recurrent.includes(true) ? stateOf(keys) : 0
  const indexers = known.indexer === true ? indexersOf(keys) : []
  // Layers that only predict further tokens are not loaded.
  const loaded = keys.layers - (keys.number('nextn_predict_layers') ?? 0)
  const own = known.ownCaches ?? keys.layers - (keys.number('attention.shared_kv_layers') ?? 0)
  const latent = isLatent(keys)
  const layerOf = (layer: number): LayerShape => {
    const isRecurrent = recurrent[layer] === true
    const attends = !isRecurrent || known.recurrent === 'beside attention'
    const { k, v } = widths[layer]!
    const has = attends && layer < own && known.cacheless !== true
    return {
      k: has ? k : 0,
      v: has && !latent ? v : 0,
      latentV: has && latent ? v : 0,
      windowed: windows.layers[layer] === true,
      indexer: indexers[layer] ?? 0,
      state: isRecurrent ? state : 0,
    }
  }
  return {
    architecture: keys.architecture,
    layers: Array.from({ length: Math.max(0, loaded) }, (_, layer) => layerOf(layer)),
    allLayers: keys.layers,
    window: windows.window,
    headLengths: widthsOf(keys, heads[0] ?? 0, 1, false),
    widestV: Math.max(0, ...widths.map(({ v }) => v)),
    contextLength: keys.number('context_length'),
    vocabulary,
    heads: Math.max(0, ...heads),
    caveats: known.indexer === true ? ['indexers as in llama.cpp since August 2026'] : [],
  }
}

/** Numbers of K and V of a layer: heads times their length, which is the model's width divided among the heads where nothing is said. */
function widthsOf(
  keys: Keys,
  heads: number,
  kvHeads: number,
  windowed: boolean,
): { k: number; v: number } {
  if (heads === 0 || kvHeads === 0) return { k: 0, v: 0 }
  const lengthOf = (name: string): number =>
    (windowed ? keys.number(`attention.${name}_swa`) : null) ??
    keys.number(`attention.${name}`) ??
    Math.floor(keys.needed('embedding_length') / heads)
  return { k: lengthOf('key_length') * kvHeads, v: lengthOf('value_length') * kvHeads }
}

/** Whether K alone is kept, in a common small form. Files from before spring 2025 do not have these keys, and their caches are whole. */
function isLatent(keys: Keys): boolean {
  return keys.has('attention.key_length_mla') && keys.has('attention.value_length_mla')
}

/** Numbers that the indexer of each layer keeps of a token. */
function indexersOf(keys: Keys): number[] {
  const length = keys.needed('attention.indexer.key_length')
  const all = keys.architecture !== 'glm-dsa' || keys.needed('context_length') < SPARE_INDEXERS_FROM
  const own = keys.architecture === 'glm-dsa' ? keys.loadedNumbers('attention.indexer.types') : null
  return filled(keys, length).map((numbers, layer) => {
    const isOwn = own === null ? all || layer < 2 || layer % 4 === 2 : own[layer] !== 0
    return isOwn ? numbers : 0
  })
}

function filled({ layers }: Keys, value: number): number[] {
  return Array.from({ length: layers }, () => value)
}

function vocabularyOf(metadata: Metadata, architecture: string): number | null {
  const list = metadata.get('tokenizer.ggml.tokens')
  if (typeof list === 'object' && 'length' in list) return list.length
  return numberOf(metadata, `${architecture}.vocab_size`)
}
