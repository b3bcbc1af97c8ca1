export { type LogLinesOptions, readLogLines } from './read-log-lines.ts'
export { mediaFile, sessionFile } from './places.ts'
export { hearRun, type ReadRun, readResults, readRun, receivedRun } from './read-results.ts'
export { type HandedRun, memoryOf } from './run-rows.ts'
export { readSamples } from './read-samples.ts'
export { readSession } from './read-session.ts'
export { type Outcome, outcomeOf, outcomeText } from './outcome.ts'
export { hasHosts, hostLabels, hostParts, hostsOfLoadout, ranText } from './hosts.ts'
export { isSession } from './is-session.ts'
export { readSummary } from './summary.ts'
export { SummaryCache } from './summary-cache.ts'
export type {
  CauseReport,
  GateReport,
  HostFacts,
  LoadoutReport,
  LogLines,
  NightNews,
  ReportedResult,
  ReportedSample,
  ServiceReport,
  SessionReport,
  SessionSummary,
} from './types.ts'
