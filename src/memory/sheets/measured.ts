import type { EventOf } from '../../events/index.ts'
import type { MemoryLoad } from './types.ts'

type Need = Pick<EventOf<'memory_foreseen'>['needs'][number], 'bytes' | 'parts'>

/**
 * What a load took where it counts, in bytes: on its GPUs, or in main memory where it lies on the processor. By the engine's
 * own figures where they are whole, else by its processes; null where nobody tells.
 */
export function measuredBytes(
  load: Pick<MemoryLoad, 'parts' | 'device' | 'gpu_bytes' | 'process_bytes'>,
): number | null {
  const { parts, device, gpu_bytes, process_bytes } = load
  if (!tellsAll(parts)) return process_bytes
  return device === 'cpu' || gpu_bytes === null ? sumOf(load) : gpu_bytes
}

/** What is held against that of what was foreseen: without what a process takes besides, which no engine tells of. */
export function foreseenBytes(
  { bytes, parts }: Need,
  { parts: told }: Pick<MemoryLoad, 'parts'>,
): number | null {
  const besides = parts.find(({ name }) => name === 'overhead')?.bytes ?? 0
  return bytes === null || !tellsAll(told) ? bytes : bytes - besides
}

function tellsAll(parts: MemoryLoad['parts']): boolean {
  return parts.weights !== undefined && parts.kv_cache !== undefined
}

/** All parts that the engine tells of. */
export function sumOf({ parts }: Pick<MemoryLoad, 'parts'>): number {
  return Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)
}

/** How far a prediction is off, as a share of what was measured; null where one of them is not known. */
export function errorOf(predicted: number | null, measured: number | null): number | null {
  return predicted === null || measured === null || measured === 0
    ? null
    : (predicted - measured) / measured
}
