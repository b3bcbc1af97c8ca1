import { z } from 'zod'

/** Where a run goes on. Process ids mean the same only where boot and namespace are equal. */
export const hostIdentity = z.object({
  id: z.string().describe('Stands for the id of the machine; without one, for its name'),
  name: z.string(),
  boot: z.string().nullable().describe('Another one after each start of the machine'),
  pid_namespace: z.string().nullable(),
})
