/** What one layer of a model keeps of what it has read. */
export interface LayerShape {
  /** Numbers of K that are kept of each token; 0 where the layer keeps none, or uses those of another. */
  k: number
  /** The same of V; 0 also where attention is latent, which keeps K alone. */
  v: number
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
  /** Tokens of a window. */
  window: number | null
  /** The most numbers of V that any layer has: without Flash Attention all are as wide. */
  widestV: number
  /** Tokens that the model was made for. */
  contextLength: number | null
  /** Tokens that it knows. */
  vocabulary: number | null
  heads: number
  /** Why a prediction of this model holds for some versions of the engine only, each a short phrase. */
  caveats: readonly string[]
}

/** Why the shape of a model is not known. */
export interface UnknownShape {
  unknown: string
}

/** What a model's files tell of it without being loaded. */
export interface ModelFacts {
  /** `general.architecture` of a GGUF, `model_type` of a configuration. */
  architecture: string | null
  /** Bytes of the tensors that are loaded; null when they are not told. */
  weights: number | null
  shape: ModelShape | UnknownShape
}

/** Whether the shape of a model is known. */
export function isKnown(shape: ModelShape | UnknownShape): shape is ModelShape {
  return !('unknown' in shape)
}
