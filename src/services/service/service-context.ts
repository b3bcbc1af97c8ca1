import type { Domain, SessionEvent } from '../../events/index.ts'
import type { ModelRoles } from '../../plan/roles.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { ProcessGuard } from '../processes/process-guard.ts'
import type { GpuMemory } from './gpu-memory.ts'
import type { Exit } from './service-error.ts'

/** What services share. */
export interface ServiceContext {
  guard: ProcessGuard
  env: NodeJS.ProcessEnv
  memory: GpuMemory
  /** Directory of the session that is attached now. */
  directory(): string
  record(event: SessionEvent): void
}

/** What a service is to the loadout that it works for. */
export interface Role {
  /** Unique within the loadout. */
  name: string
  model: ModelUri
  domain: Domain
  loadout: string
  /** Whether scenarios chat with it, and do not just hear it or speak to it. */
  chats: boolean
  /** What the plan and the model itself say that it is for. */
  roles: ModelRoles
}

/** How a service that was up ended. */
export type Death = Exit & { lastLines: string[] }
