/** How an engine with llama.cpp's caches is started, as far as its memory depends on it. */
export interface LlamaOptions {
  /** Tokens as asked for; null: all of the model. */
  context: number | null
  /** Conversations at a time; null: as many as llama-server chooses, four in one unified cache. */
  slots: number | null
  /** Whether conversations share one cache; null: only where `slots` is null. */
  unified: boolean | null
  /** Type of K. */
  typeK: string
  /** Type of V. */
  typeV: string
  flashAttention: boolean
  /** Whether layers with a window keep all tokens. */
  fullWindows: boolean
  /** The most tokens that are taken in at a time. */
  batch: number
  /** The most tokens that are computed at a time. */
  ubatch: number
}

/** What llama-server does without being told (llama.cpp, common/common.h). */
export const llamaDefaults: LlamaOptions = {
  context: null,
  slots: null,
  unified: null,
  typeK: 'f16',
  typeV: 'f16',
  flashAttention: true,
  fullWindows: false,
  batch: 2_048,
  ubatch: 512,
}
