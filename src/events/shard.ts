import { z } from 'zod'

/** Which part of a divided plan a run is. */
export const shardOf = z.object({
  index: z.int().min(1),
  count: z.int().min(1),
  digest: z.string().describe('Of the split: the same in all parts that belong together'),
  run: z
    .string()
    .nullable()
    .describe('What the scheduler calls the whole, such as the number of its array job'),
})
export type ShardOf = z.infer<typeof shardOf>
