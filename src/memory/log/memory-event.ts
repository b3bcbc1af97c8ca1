import type { EventOf } from '../../events/index.ts'
import { isHostDevice } from './devices.ts'
import type { LoggedFit, LogLoad } from './types.ts'

type Measured = EventOf<'memory_measured'>

/** What an event tells of a load, by the log of its engine. `gpus`: names of those of the machine. */
export function loadEvent(
  load: LogLoad,
  gpus: readonly string[],
): Omit<Measured, 'type' | 'domain' | 'loadout' | 'service' | 'model' | 'engine' | 'process'> {
  const { version, architecture, quantisation, context, slots, unified, ubatch, layers } = load
  return {
    version,
    device: deviceOf(load, gpus),
    architecture,
    quantisation,
    context,
    slots,
    unified,
    ubatch,
    flash_attention: load.flash,
    kv_types: load.kvTypes,
    layers,
    parts: load.parts.map((part) => ({ ...part })),
    total_bytes: load.total,
    kv_tokens: load.kvTokens,
    kv_rest_bytes: load.kvRest,
    utilization: load.utilization,
    told: [...fitInWords(load.fit), ...load.told],
  }
}

/** `cpu`, or the names of the GPUs that a load lies on; null where nobody knows. */
export function deviceOf({ engine, parts }: LogLoad, gpus: readonly string[]): string | null {
  // A worker of vLLM has a card to itself, where there is one.
  if (engine === 'vllm') {
    const workers = new Set(parts.map(({ device }) => device)).size
    return gpus.length === 0 ? 'cpu' : several(gpus.slice(0, Math.max(workers, 1)))
  }
  const named = parts.flatMap(({ device }) => (device === null ? [] : [device]))
  if (named.length === 0) return gpus.length === 0 ? 'cpu' : null
  const cards = new Set(named.filter((device) => isHostDevice(device) === false).map(cardOf))
  if (cards.size === 0) return 'cpu'
  return several(gpus.length === 0 ? [...cards] : gpus.slice(0, cards.size))
}

/** `HTP0-REPACK` lies on `HTP0`. */
function cardOf(device: string): string {
  return device.replace(/[-_](?:REPACK|Mapped|Split)$/i, '')
}

/** `2 × NVIDIA GeForce RTX 5090`, in whatever order they come. */
function several(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => (count === 1 ? name : `${count} × ${name}`))
    .join(' + ')
}

function fitInWords(fit: LoggedFit | null): string[] {
  if (fit === null) return []
  const { contextFrom, contextTo, contextKept, failed } = fit
  return [
    ...(contextTo === null ? [] : [`context cut from ${contextFrom} to ${contextTo} tokens`]),
    ...(contextKept === null ? [] : [`context of ${contextKept} tokens kept, as it was asked for`]),
    ...(failed === null ? [] : [`did not fit, loaded all the same: ${failed}`]),
  ]
}
