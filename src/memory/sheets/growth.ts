import { mean } from './line.ts'
import { measuredBytes } from './measured.ts'
import type { MemoryLoad } from './types.ts'

/** A model that takes more than with the version or the driver before. */
export interface Growth {
  model: string
  device: string | null
  context: number | null
  /** Whose change it came with. */
  since: 'version' | 'driver' | 'both'
  before: Side
  after: Side
}

interface Side {
  version: string | null
  driver: string | null
  /** Mean of its loads. */
  bytes: number
  n: number
}

/** Less than this, or this share, is not told: buffers are padded. */
const LEAST_BYTES = 16 * 1024 ** 2
const LEAST_SHARE = 0.01

/** Models whose newest loads take more than those with the version or driver before, all else being equal. */
export function grownModels(loads: readonly MemoryLoad[]): Growth[] {
  const groups = new Map<string, MemoryLoad[]>()
  for (const load of loads.toSorted((a, b) => (a.time < b.time ? -1 : 1))) {
    const { engine, model, quantisation, kv_type, flash_attention, slots, device } = load
    const same = [engine, model, quantisation, kv_type, flash_attention, slots, device]
    const key = JSON.stringify([...same, load.context])
    groups.set(key, [...(groups.get(key) ?? []), load])
  }
  return [...groups.values()].flatMap((group) => growthOf(group) ?? [])
}

function growthOf(loads: readonly MemoryLoad[]): Growth | null {
  const spells = spellsOf(loads)
  const [before, after] = [spells.at(-2), spells.at(-1)]
  if (before === undefined || after === undefined) return null
  const grown = after.bytes - before.bytes
  if (grown < LEAST_BYTES || grown < before.bytes * LEAST_SHARE) return null
  const { model, device, context } = loads[0]!
  const isVersion = before.version !== after.version
  const isDriver = before.driver !== after.driver
  const since = isVersion && isDriver ? 'both' : isVersion ? 'version' : 'driver'
  return { model, device, context, since, before, after }
}

/** Loads one after the other with the same version and driver. */
function spellsOf(loads: readonly MemoryLoad[]): Side[] {
  const spells: { version: string | null; driver: string | null; sizes: number[] }[] = []
  for (const load of loads) {
    const bytes = measuredBytes(load)
    if (bytes === null) continue
    const { version, driver } = load
    const last = spells.at(-1)
    if (last?.version === version && last.driver === driver) last.sizes.push(bytes)
    else spells.push({ version, driver, sizes: [bytes] })
  }
  return spells.map(({ version, driver, sizes }) => {
    return { version, driver, bytes: Math.round(mean(sizes)), n: sizes.length }
  })
}
