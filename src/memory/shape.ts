/** What one layer of a model keeps of what it has read. */
export interface LayerShape {
  /** Numbers of K that are kept of each token; 0 where the layer keeps none, or uses those of another. */
  k: number
  /** The same of V; 0 also where attention is latent, which needs K alone. */
  v: number
  /** Numbers of V that engines keep which do not know that. */
  latentV: number
  /** Whether only the tokens of a window are kept. */
  windowed: boolean
  /** Numbers of each token that an indexer keeps beside K. */
  indexer: number
  /** Numbers that are kept of each conversation, however long it is: recurrent layers, convolutions. */
  state: number
}

/** What of a model decides how much memory its context takes. */
export interface ModelShape {
  architecture: string
  /** Those that are loaded: layers that only predict further tokens (MTP) are none. */
  layers: readonly LayerShape[]
  /** How many there are with those that are not loaded. */
  allLayers: number
  /** Tokens of a window. */
  window: number | null
  /** The most numbers of V that any layer has: without Flash Attention all are as wide. */
  widestV: number
  /** Tokens that the model was made for. */
  contextLength: number | null
  /** Tokens that it knows. */
  vocabulary: number | null
  heads: number
  /** Numbers of K and of V in a head of a layer without a window. */
  headLengths: { k: number; v: number }
  /** Why a prediction of this model holds for some versions of the engine only, each a short phrase. */
  caveats: readonly string[]
}

/** Why something of a model is not known. */
export interface Unknown {
  unknown: string
}

/** Bytes of the tensors of a model that are loaded. */
export interface Weights {
  /** What stays in main memory whatever is on the GPU: the embeddings of tokens. */
  input: number
  /** Of each layer. */
  layers: readonly number[]
  /** What comes after the layers. */
  output: number
  /** The embeddings where they are the output as well: on a GPU they lie a second time. */
  shared: number
  /** What is loaded with it: a projector of images. */
  beside: number
}

/** What a model's files tell of it without being loaded. */
export interface ModelFacts {
  /** `general.architecture` of a GGUF, `model_type` of a configuration. */
  architecture: string | null
  weights: Weights | Unknown
  shape: ModelShape | Unknown
}

/** Whether something of a model is known. */
export function isKnown<Fact extends object>(fact: Fact | Unknown): fact is Fact {
  return !('unknown' in fact)
}
