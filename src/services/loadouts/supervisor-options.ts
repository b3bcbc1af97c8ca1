import type { SessionEvent } from '../../events/index.ts'
import type { Plan } from '../../plan/types.ts'
import type { Telemetry } from '../../telemetry/types.ts'
import type { ProcessGuard } from '../processes/process-guard.ts'
import type { KeptLoadout } from '../warm/holding.ts'
import type { LoadoutBook } from './loadout-book.ts'

/** Where events go: the session. */
export interface EventSink {
  record(event: SessionEvent): void
}

/** A session as the supervisor needs it. Paths are absolute. */
export interface AttachedSession extends EventSink {
  directory: string
  attachments: string
}

export interface SupervisorOptions {
  plan: Plan
  /** The project's root, absolute. */
  root: string
  env?: NodeJS.ProcessEnv
  guard: ProcessGuard
  /** Where it writes what becomes of loadouts. */
  book: LoadoutBook
  /** Null where the memory of the GPU is not watched. */
  telemetry?: Telemetry | null
  /** Called with what is up and could stay up, or with null when it is not any more. */
  onWarm?: (loadout: KeptLoadout | null) => void
}
