export { JarvisReporter } from './jarvis-reporter.ts'
export type {
  LoadoutFacts,
  LogMark,
  OpenRun,
  ProjectTarget,
  RunEnding,
  RunReports,
  RunHost,
  SpanFacts,
} from './run-host.ts'
export { TerminalReporter } from './terminal.ts'
export { moduleKey } from './identity.ts'
