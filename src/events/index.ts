export type { Counts, EventOf, JournalEntry, RunStatus, SessionEvent } from './event.ts'
export type { Domain } from './domain.ts'
export type {
  LogRange,
  OwnMeasure,
  ScenarioError,
  ScenarioResult,
  ScenarioStatus,
} from './result.ts'
