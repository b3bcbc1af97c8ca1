import type { PartName } from '../need.ts'

/** Whose words a log is written in. */
export type LogEngine = 'llamacpp' | 'ollama' | 'vllm'

/** Something that an engine says it has taken, on one device. */
export interface LoggedPart {
  part: PartName
  /** As the engine calls it: `CUDA0`, `CPU_Mapped`; of vLLM its worker. Null where it names none. */
  device: string | null
  bytes: number
  /** Taken by another model than the one that answers: the one that drafts, the one that sees. */
  of?: 'draft' | 'projector'
}

/** How an engine has made a load fit, by its own lines. */
export interface LoggedFit {
  /** Tokens before and after, where it has cut the context. */
  contextFrom: number | null
  contextTo: number | null
  /** Tokens that somebody asked for, which it then leaves. */
  contextKept: number | null
  /** What it expected to take and what it found free, in bytes. */
  projected: number | null
  free: number | null
  /** Why it gave up fitting, and loaded all the same. */
  failed: string | null
}

/** One load of one model, as far as the log tells of it. What it does not say is null. */
export interface LogLoad {
  engine: LogEngine
  /** Of the engine, as its log has it. */
  version: string | null
  /** As the log names it: a path, or a name of Hugging Face. */
  model: string | null
  architecture: string | null
  /** Of the weights: `Q4_K - Medium`, `awq`. */
  quantisation: string | null
  /** Tokens over all slots; of vLLM the longest request. */
  context: number | null
  /** Tokens that the model was trained for. */
  trainedContext: number | null
  slots: number | null
  unified: boolean | null
  ubatch: number | null
  flash: boolean | null
  kvTypes: { k: string; v: string } | null
  layers: { offloaded: number; total: number } | null
  parts: readonly LoggedPart[]
  /** Bytes by the engine's own addition. */
  total: number | null
  /** Tokens that vLLM's cache holds, by its own word. */
  kvTokens: number | null
  /** Bytes that were left for vLLM's cache; may be negative. */
  kvRest: number | null
  /** How many requests of that many tokens vLLM holds at once. */
  concurrency: { tokens: number; times: number } | null
  /** The share of the card that vLLM was given: 0.9. */
  utilization: number | null
  /** What vLLM takes off that share for graphs that it is still to capture, in bytes. */
  graphsGuess: number | null
  fit: LoggedFit | null
  /** What else the engine says of memory, in its own words, first of its line's prefix. */
  told: readonly string[]
}
