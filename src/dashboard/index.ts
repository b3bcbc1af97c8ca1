export { createDashboard } from './dashboard.ts'
export { shouldUseDashboard } from './should-use.ts'
export type {
  Dashboard,
  DashboardOptions,
  Estimate,
  KeyStream,
  SessionFiles,
  TerminalStream,
} from './types.ts'
