import { z } from 'zod'

/** What the journal adds to each event: its number, its time and, last, the chained check value. */
export const journalEnvelope = z.object({
  seq: z.int().min(1),
  time: z.string(),
  /** Seconds since the session began, by a clock that nobody sets; what was recorded after the run died has none. */
  elapsed: z.number().optional(),
  /** Of a merged session: which of `merged.parts` has told it, from 1. */
  from_part: z.int().min(1).optional(),
  check: z.string().length(8),
})
