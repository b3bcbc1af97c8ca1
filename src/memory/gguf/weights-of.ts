import type { Unknown, Weights } from '../shape.ts'
import { type Metadata, numberOf } from './metadata.ts'
import { tensorBytes } from './tensor-types.ts'
import type { GgufTensor } from './walk-header.ts'

/** Tensors that llama.cpp keeps in main memory (src/llama-arch.cpp, `LLM_TENSOR_LAYER_INPUT`). */
const INPUT = /^(?:token_embd|per_layer_token_embd|token_types|position_embd)\./
const EMBEDDINGS = 'token_embd.weight'
const OUTPUT = 'output.weight'

/** The weights that are loaded of the tensors of a file, or of all files of a model that is split. */
export function weightsOf(metadata: Metadata, tensors: readonly GgufTensor[]): Weights | Unknown {
  if (tensors.length === 0) return { unknown: 'there is no list of its tensors' }
  const architecture = metadata.get('general.architecture')
  const ofModel = (key: string): number | null =>
    typeof architecture === 'string' ? numberOf(metadata, `${architecture}.${key}`) : null
  // Layers that only predict further tokens are not loaded.
  const loaded = (ofModel('block_count') ?? Infinity) - (ofModel('nextn_predict_layers') ?? 0)
  const layers: number[] = []
  let [input, output, embeddings] = [0, 0, 0]
  for (const { name, type, dimensions } of tensors) {
    const bytes = tensorBytes(type, dimensions)
    if (bytes === null) return { unknown: `the type ${type} of its tensor ${name} is not known` }
    const layer = /^blk\.(\d{1,4})\./.exec(name)?.[1]
    if (layer !== undefined) {
      if (Number(layer) < loaded) layers[Number(layer)] = (layers[Number(layer)] ?? 0) + bytes
    } else if (INPUT.test(name)) input += bytes
    else output += bytes
    if (name === EMBEDDINGS) embeddings = bytes
  }
  const hasOutput = tensors.some(({ name }) => name === OUTPUT)
  return {
    input,
    // A file may leave out layers, in whatever way it came to that.
    layers: Array.from(layers, (bytes) => bytes ?? 0),
    output,
    shared: hasOutput ? 0 : embeddings,
    beside: 0,
  }
}

/** The same with what is loaded with it from another file. */
export function withBeside(
  weights: Weights | Unknown,
  beside: Weights | Unknown,
): Weights | Unknown {
  if ('unknown' in weights) return weights
  return 'unknown' in beside ? beside : { ...weights, beside: weights.beside + totalOf(beside) }
}

function totalOf({ input, layers, output, beside }: Weights): number {
  return layers.reduce((sum, bytes) => sum + bytes, input + output + beside)
}
