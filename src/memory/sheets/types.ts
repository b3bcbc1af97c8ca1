import type { LearnedBytes, PartName } from '../need.ts'

/** What decides how much memory a model takes, as far as it was told. */
export interface SheetKey {
  engine: string
  /** Of the engine. */
  version: string | null
  /** As the plan names it, without `#ctx`. */
  model: string
  /** Of the model's files. */
  digest: string | null
  quantisation: string | null
  /** `f16`, or `q8_0/f16` where K and V differ. */
  kv_type: string | null
  flash_attention: boolean | null
  slots: number | null
  /** `cpu`, or the names of the GPUs. */
  device: string | null
}

/** One load of one model, as a session tells of it. Bytes; what is not known is null. */
export interface MemoryLoad extends SheetKey {
  /** Name of the session, or the file that it was read from. */
  session: string
  /** Local time with offset. */
  time: string
  /** Of the first GPU. */
  driver: string | null
  unified: boolean | null
  ubatch: number | null
  context: number | null
  layers: { offloaded: number; total: number } | null
  /** By the engine's log, over all devices. */
  parts: Partial<Record<PartName, number>>
  /** What of the parts lies on GPUs, together and each. */
  gpu_bytes: number | null
  gpu_parts: Partial<Record<PartName, number>> | null
  /** Tokens that the cache of vLLM holds, by its own word. */
  kv_tokens: number | null
  /** What its processes held when it was ready: on the GPUs where the driver tells, else in main memory. */
  process_bytes: number | null
  /** The most that they held while its loadout was up. */
  peak_bytes: number | null
  /** Of all GPUs together: before the loadout was started, when it was ready, after it was stopped. */
  vram_prior: number | null
  vram_loaded: number | null
  vram_after: number | null
  /** What was foreseen before it was loaded. */
  predicted_bytes: number | null
}

/** Where the cost of a token comes from. */
export type TokenSource =
  /** A line through loads of several contexts. */
  | 'fit'
  /** One context: the cache divided by its tokens, which holds for models with one kind of layers. */
  | 'one_context'
  /** vLLM's own division. */
  | 'kv_tokens'

/** What the loads of one key have shown. */
export interface Sheet extends SheetKey {
  n: number
  first: string
  last: string
  driver: string | null
  /** Tokens that were loaded, ascending. */
  contexts: readonly number[]
  /** What a load takes without its tokens: bytes where a line through the loads meets no token. */
  base_bytes: number | null
  bytes_per_token: number | null
  per_token_from: TokenSource | null
  /** Between the loads that lie furthest over and under that line; null of one load. */
  spread_bytes: number | null
  /** What the processes take besides the parts. */
  overhead: LearnedBytes | null
  /** Of the newest load: foreseen and measured. */
  predicted_bytes: number | null
  measured_bytes: number | null
  /** (predicted − measured) / measured, of the newest load that has both. */
  error: number | null
  /** Where it comes from. */
  from: readonly string[]
  loads: readonly MemoryLoad[]
}

/** What `logs/memory.json` holds. */
export interface MemoryFile {
  schema_version: number
  /** Bytes of the journals of the sessions that it was made of, when they were read. */
  sessions: Readonly<Record<string, number>>
  sheets: readonly Sheet[]
}
