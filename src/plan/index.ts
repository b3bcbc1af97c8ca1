export type { Cluster, KubernetesWishes, SlurmWishes } from './cluster-schema.ts'
export {
  type Gate,
  gateNames,
  gatesInForce,
  parseGateList,
  parseUncertain,
  readGates,
} from './gates.ts'
export { loadPlan, type LoadOptions } from './load.ts'
export { parsePlan, type ParseOptions, type PlanFile } from './parse.ts'
export { matchScenarios, type ScenarioFiles } from './scenarios.ts'
export type {
  Block,
  EngineName,
  Loadout,
  ModelUri,
  Plan,
  Readiness,
  ServiceDefinition,
  Settings,
} from './types.ts'
