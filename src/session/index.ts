export type { SessionOptions, Session } from './session.ts'
export { openSession } from './session.ts'
export type { DeadSession } from './recovery/dead-sessions.ts'
export { deadSessions } from './recovery/dead-sessions.ts'
export { recoverDeadSessions, recoverSession } from './recovery/recovery.ts'
export type { RunLock } from './lock/held-lock.ts'
export { sharesProcesses } from './lock/life.ts'
export { claimAddress } from './lock/machine-claim.ts'
export type { RunHolder, RunLockOptions } from './lock/run-lock.ts'
export { acquireRunLock, holderInWords } from './lock/run-lock.ts'
export type { JournalDamage } from './journal/journal-reader.ts'
export { readJournal } from './journal/journal-reader.ts'
export type { ServiceProcess } from './recovery/service-processes.ts'
export { serviceProcesses } from './recovery/service-processes.ts'
export { updateLatestLink } from './latest-link.ts'
export type {
  LoadoutState,
  LoadoutStatus,
  ServiceState,
  SessionState,
} from './projections/state.ts'
export { readState } from './projections/state-file.ts'
export { progressionLines } from './projections/progression.ts'
export { Heartbeat } from './projections/heartbeat.ts'
