export { JarvisReporter } from './jarvis-reporter.ts'
export type {
  OpenRun,
  RunBefore,
  ProjectTarget,
  RunEnding,
  RunReports,
  RunHost,
  WorkerLoss,
  WorkerNotes,
  WorkerStall,
} from './run-host.ts'
export { NO_RESULT } from './lost-workers.ts'
export { TerminalReporter } from './terminal.ts'
export { moduleKey } from './identity.ts'
