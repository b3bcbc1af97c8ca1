import { z } from 'zod'
import { MEMORY_PARTS } from './memory-parts.ts'

const verdict = z.enum(['fits', 'too_large', 'unknown'])

/** What models need and what is free, as an event tells it. Bytes. */
export const foreseenMemory = {
  needs: z.array(
    z.object({
      model: z.string(),
      parts: z.array(
        z.object({
          name: z.enum(MEMORY_PARTS),
          /** Null where it is not known. */
          bytes: z.int().nullable(),
          source: z.enum(['learned', 'predicted', 'unknown']),
          /** Runs that a learned part comes from, and the bytes between the least and the most of them. */
          n: z.int().optional(),
          spread: z.int().nullable().optional(),
          /** Why it is not known. */
          why: z.string().optional(),
        }),
      ),
      /** Sum of what is known; null without the weights. */
      bytes: z.int().nullable(),
      /** What the estimate rests on. */
      rests_on: z.array(z.string()),
      verdict: verdict,
      /** Indexes of the GPUs that it goes to; empty where it goes to the machine's memory. */
      gpus: z.array(z.int()),
      /** The largest context in tokens that fits; null where none does, or nobody knows. */
      largest_context: z.int().nullable(),
    }),
  ),
  /** Of the whole loadout; null where one model's is not known. */
  bytes: z.int().nullable(),
  /** What was free for it, and what there is in all. */
  free: z.int().nullable(),
  total: z.int().nullable(),
  /** Whose memory that is. */
  memory: z.enum(['gpu', 'host']),
  verdict: verdict,
}
