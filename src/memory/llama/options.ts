/** How an engine with llama.cpp's caches is started, as far as its memory depends on it. */
export interface LlamaOptions {
  /** Whose caches they are: llama.cpp's, also within Ollama, or those of Ollama's own engine. */
  engine: 'llama.cpp' | 'ollama'
  /** Tokens as asked for; null: all of the model. */
  context: number | null
  /** Conversations at a time; null: as many as llama-server chooses, four in one unified cache. */
  slots: number | null
  /** Whether conversations share one cache; they do where `slots` is null, whatever this says. */
  unified: boolean | null
  /** Type of K. */
  typeK: string
  /** Type of V. */
  typeV: string
  flashAttention: boolean
  /** Whether there is room for the logits of every token that is computed, as in older engines, and not of the last ones alone. */
  allLogits: boolean
  /** Whether layers with a window keep all tokens. */
  fullWindows: boolean
  /** The most tokens that are taken in at a time. */
  batch: number
  /** The most tokens that are computed at a time. */
  ubatch: number
  /** Layers on the GPU, the output being one; null: all. */
  gpuLayers: number | null
}

/** What llama-server does without being told (llama.cpp, common/common.h). */
export const llamaDefaults: LlamaOptions = {
  engine: 'llama.cpp',
  context: null,
  slots: null,
  unified: null,
  typeK: 'f16',
  typeV: 'f16',
  flashAttention: true,
  allLogits: false,
  fullWindows: false,
  batch: 2_048,
  ubatch: 512,
  gpuLayers: null,
}
