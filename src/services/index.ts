export { endProcesses, type EndOptions, type Leader } from './processes/end-processes.ts'
export { LoadoutBook } from './loadouts/loadout-book.ts'
export type { Held } from './loadouts/lease-queue.ts'
export { LeaseServer, type Granted } from './leases/lease-server.ts'
export {
  spawnGuard,
  startGuard,
  type ProcessGuard,
  type SpawnedGuard,
} from './processes/process-guard.ts'
export { outliving } from './processes/outliving.ts'
export { sessionTag } from './processes/process-tag.ts'
export type { Target } from './loadouts/running-loadout.ts'
export { loadSupervisor } from './loadouts/load-supervisor.ts'
export type { Supervisor } from './loadouts/supervisor.ts'
export type {
  AttachedSession,
  EventSink,
  SupervisorOptions,
} from './loadouts/supervisor-options.ts'
