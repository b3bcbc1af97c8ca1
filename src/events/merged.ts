import { z } from 'zod'
import { hostIdentity } from './host-identity.ts'

/** What a session is made of that was merged of the parts of a divided plan. */
export const mergedOf = z.object({
  digest: z.string().describe('Of the split: that of all parts'),
  run: z.string().nullable().describe('What the scheduler called the whole'),
  count: z.int().min(1).describe('How many parts the plan was divided into'),
  parts: z
    .array(
      z.object({
        index: z
          .int()
          .min(1)
          .describe(
            'Which part; two attempts of one, and one that went on on another host, are two entries',
          ),
        session: z.string().describe("Name of its session's folder"),
        host: hostIdentity.nullable(),
        label: z.string().describe('Its host, by a name that no other host of the parts has'),
        gpus: z.array(z.string()).nullable().describe('That it had; null: not known'),
        started_at: z.string().nullable(),
        ended_at: z.string().nullable(),
        verdict: z.string().describe('As everything says of its session'),
        sentence: z.string(),
        results: z.int().describe('That its session has'),
      }),
    )
    .describe('Events name these by their place, from 1'),
  missing: z.array(z.int()).describe('Parts of which nothing is here'),
})
export type MergedOf = z.infer<typeof mergedOf>
export type MergedPart = MergedOf['parts'][number]
