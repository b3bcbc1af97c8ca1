import { z } from 'zod'

/** How repeated measurements spread, as the journal keeps it. */
export const distribution = z.object({
  n: z.int(),
  mean: z.number(),
  median: z.number(),
  std: z.number().nullable(),
  p90: z.number(),
  p95: z.number(),
  p99: z.number(),
  min: z.number(),
  max: z.number(),
  /** 95 % interval of the mean, Student's; of older journals a percentile bootstrap. Null below five values. */
  interval: z
    .object({
      low: z.number(),
      high: z.number(),
      level: z.number(),
      method: z.string().optional(),
      resamples: z.int().optional(),
      seed: z.int().optional(),
    })
    .nullable(),
})
