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
  /** 95 % bootstrap interval of the mean, and what it takes to compute it again; null below five values. */
  interval: z
    .object({
      low: z.number(),
      high: z.number(),
      level: z.number(),
      resamples: z.int(),
      seed: z.int(),
    })
    .nullable(),
})
