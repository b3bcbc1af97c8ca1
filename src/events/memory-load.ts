import { z } from 'zod'

/** What an engine has said that it took for one purpose on one device. */
export const memoryPart = z.object({
  /** `weights`, `kv_cache`, `state`, `compute`, `output`, `graphs`, `overhead`. */
  part: z.string(),
  /** As the engine calls it: `CUDA0`, `CPU_Mapped`; of vLLM its worker. Null where it names none. */
  device: z.string().nullable(),
  bytes: z.int(),
  /** `draft`, `projector`: taken by another model than the one that answers. */
  of: z.string().optional(),
})
export type MemoryPartEvent = z.infer<typeof memoryPart>

/** What the load of a model took, by the log of its engine and by its processes. What nobody tells is null. */
export const memoryLoad = {
  /** Of the engine. */
  version: z.string().nullable(),
  /** `cpu`, or the names of the GPUs that it lies on: `2 × NVIDIA GeForce RTX 5090`. */
  device: z.string().nullable(),
  architecture: z.string().nullable(),
  quantisation: z.string().nullable(),
  /** Tokens over all slots; of vLLM the longest request. */
  context: z.int().nullable(),
  slots: z.int().nullable(),
  unified: z.boolean().nullable(),
  ubatch: z.int().nullable(),
  flash_attention: z.boolean().nullable(),
  kv_types: z.object({ k: z.string(), v: z.string() }).nullable(),
  layers: z.object({ offloaded: z.int(), total: z.int() }).nullable(),
  parts: z.array(memoryPart),
  /** By the engine's own addition. */
  total_bytes: z.int().nullable(),
  /** Tokens that the cache of vLLM holds, by its own word, and what was left for it. */
  kv_tokens: z.int().nullable(),
  kv_rest_bytes: z.int().nullable(),
  /** The share of the card that vLLM was given. */
  utilization: z.number().nullable(),
  /** How the engine made it fit, and what else it said of memory, a sentence each. */
  told: z.array(z.string()),
  /** What its processes held in main memory when it was ready: memory of their own, and pages of files. */
  process: z.object({ own_bytes: z.int(), file_bytes: z.int() }).nullable(),
}
