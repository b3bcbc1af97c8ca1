import type { LogLoad } from '../../memory/log/types.ts'
import { type Spill, spillOf, spillOfDriver, spillOfSizes } from '../../memory/spill.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { LoadedModel } from '../engine.ts'
import { isForeseeable, isKeptOffGpus } from '../memory/foreseeable.ts'
import type { GpuMemory } from './gpu-memory.ts'
import { driverMemory } from './wddm.ts'

interface Ready {
  model: ModelUri
  pid: number | null
  /** What the engine says that it holds; empty where it does not say. */
  loaded: readonly LoadedModel[]
  /** What its log says of the load; null where that is nothing. */
  load: LogLoad | null
}

/**
 * What of a model that is ready does not lie on the GPU; null where it does, where the plan wants it so, and where there is no
 * GPU. What the engine says when it is asked counts more than its log, and its log more than the driver.
 */
export async function spilled(
  { model, pid, loaded, load }: Ready,
  memory: GpuMemory,
  signal: AbortSignal,
): Promise<Spill | null> {
  if (isKeptOffGpus(model)) return null
  const bySizes = spillOfSizes(loaded)
  const byLog = loaded.length > 0 || load === null ? null : spillOf(load)
  const told = bySizes ?? byLog
  // A part of it on the GPU says that there is one.
  if (told !== null) return told.share > 0 || (await memory.hasGpu(signal)) ? told : null
  if (process.platform !== 'win32' || pid === null || !isForeseeable([model])) return null
  if (!(await memory.hasGpu(signal))) return null
  const held = await driverMemory(pid)
  return held === null ? null : spillOfDriver(held)
}
