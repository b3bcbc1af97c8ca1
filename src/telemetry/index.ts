export { startTelemetry, type TelemetryOptions } from './telemetry.ts'
export type {
  GpuProcess,
  GpuSample,
  Sample,
  SamplerGuard,
  Telemetry,
  TelemetryFlag,
  Window,
} from './types.ts'
export { memoryInUse } from './types.ts'
export type { ProcessTree } from './tree-memory.ts'
export { processTrees } from './tree-memory.ts'
