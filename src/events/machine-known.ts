import { z } from 'zod'

/** What is known of the machine of a run, or of a part of one. */
export const machineKnown = {
  /** GPUs that the run uses, which need not be all of the machine; empty: it has none, null: not known. */
  gpus: z
    .array(
      z.object({
        index: z.int(),
        uuid: z.string().nullable(),
        model: z.string(),
        /** GB. */
        vram_total: z.number().nullable(),
        driver: z.string().nullable(),
      }),
    )
    .nullable(),
  /** Seconds by which the machine's clock is ahead of that of the file system which holds the session; null: not known. */
  clock_ahead: z.number().nullable(),
}
