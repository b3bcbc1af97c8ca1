import type { LeaseAddress } from '../services/leases/lease-protocol.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a worker asks for its loadout. */
    jarvis: LeaseAddress
    /** Name of the Vitest project, as the main process knows it. */
    jarvisProject: string
  }
}
