export { type LogLinesOptions, readLogLines } from './read-log-lines.ts'
export { mediaFile, sessionFile } from './places.ts'
export { readResults, readRun } from './read-results.ts'
export { readSamples } from './read-samples.ts'
export { readSession } from './read-session.ts'
export { isSession, readSummary } from './summary.ts'
export type {
  GateReport,
  HostFacts,
  LoadoutReport,
  LogLines,
  ReportedResult,
  ReportedSample,
  ServiceReport,
  SessionReport,
  SessionSummary,
} from './types.ts'
