export type { Counts, EventOf, JournalEntry, RunStatus, SessionEvent } from './event.ts'
export type { Domain, LogRange, ScenarioError, ScenarioResult, ScenarioStatus } from './result.ts'
