export { JarvisReporter } from './jarvis-reporter.ts'
export type { OpenRun, ProjectTarget, RunEnding, RunReports, RunHost } from './run-host.ts'
export { TerminalReporter } from './terminal.ts'
export { moduleKey } from './identity.ts'
