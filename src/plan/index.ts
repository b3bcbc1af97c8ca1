export { type Gate, gateNames, gatesInForce, parseGateList, readGates } from './gates.ts'
export { loadPlan, type LoadOptions } from './load.ts'
export { parsePlan, type ParseOptions, type PlanFile } from './parse.ts'
export {
  matchScenarios,
  type ScenarioMatch,
  unmatchedScenariosError,
  type UnmatchedScenarios,
} from './scenarios.ts'
export type {
  Block,
  EngineName,
  Loadout,
  ModelUri,
  Plan,
  Readiness,
  ScenarioPattern,
  ServiceDefinition,
  Settings,
} from './types.ts'
