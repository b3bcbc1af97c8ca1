import type { LearnedBytes } from '../need.ts'
import { lineThrough, mean, rangeOf } from './line.ts'
import { errorOf, measuredBytes, sumOf } from './measured.ts'
import type { MemoryLoad, Sheet, SheetKey, TokenSource } from './types.ts'

/** So many loads of one key are kept, the newest. */
const MOST_LOADS = 50

/** A sheet for each key that the loads have, in order of models; the newest of a model last. */
export function sheetsOf(loads: readonly MemoryLoad[]): Sheet[] {
  const byKey = new Map<string, MemoryLoad[]>()
  for (const load of loads.toSorted((a, b) => compare(a.time, b.time))) {
    const key = keyText(load)
    const list = byKey.get(key)
    if (list === undefined) byKey.set(key, [load])
    else list.push(load)
  }
  return [...byKey.values()]
    .map((list) => sheetOf(list.slice(-MOST_LOADS)))
    .toSorted((a, b) => compare(a.model, b.model) || compare(a.last, b.last))
}

/** What makes two loads comparable. */
export function keyOf(load: SheetKey): SheetKey {
  const { engine, version, model, digest, quantisation } = load
  const { kv_type, flash_attention, slots, device } = load
  return {
    engine,
    version,
    model,
    digest,
    quantisation,
    kv_type,
    flash_attention,
    slots,
    device,
  }
}

function keyText(load: SheetKey): string {
  return JSON.stringify(Object.values(keyOf(load)))
}

function sheetOf(loads: readonly MemoryLoad[]): Sheet {
  const newest = loads.at(-1)!
  const both = loads.findLast((load) => error(load) !== null)
  return {
    ...keyOf(newest),
    n: loads.length,
    first: loads[0]!.time,
    last: newest.time,
    driver: newest.driver,
    contexts: [...new Set(loads.flatMap(({ context }) => context ?? []))].toSorted((a, b) => a - b),
    ...costOf(loads),
    overhead: overheadOf(loads),
    predicted_bytes: newest.predicted_bytes,
    measured_bytes: measuredBytes(newest),
    error: both === undefined ? null : error(both),
    from: [...new Set(loads.map(({ session }) => session))],
    loads,
  }
}

const error = (load: MemoryLoad): number | null =>
  errorOf(load.predicted_bytes, measuredBytes(load))

type Cost = Pick<Sheet, 'base_bytes' | 'bytes_per_token' | 'per_token_from' | 'spread_bytes'>

const UNKNOWN: Cost = {
  base_bytes: null,
  bytes_per_token: null,
  per_token_from: null,
  spread_bytes: null,
}

function costOf(loads: readonly MemoryLoad[]): Cost {
  const known = loads.flatMap((load) => {
    const bytes = measuredBytes(load)
    return bytes === null ? [] : [{ load, bytes }]
  })
  if (known.length === 0) return UNKNOWN
  const spread = known.length > 1 ? rangeOf(known.map(({ bytes }) => bytes)) : null
  const { load, bytes } = known.at(-1)!
  // The cache of vLLM is what is left of its share, whatever the context.
  if (load.engine === 'vllm')
    return { ...perTokens(load, load.kv_tokens, 'kv_tokens', bytes), spread_bytes: spread }
  const points = known.flatMap(({ load: { context }, bytes: y }) =>
    context === null ? [] : [{ x: context, y }],
  )
  const line = lineThrough(points)
  if (line === null)
    return { ...perTokens(load, load.context, 'one_context', bytes), spread_bytes: spread }
  return {
    base_bytes: Math.round(line.base),
    bytes_per_token: Math.round(line.slope),
    per_token_from: 'fit',
    spread_bytes: line.spread,
  }
}

/** The cache of one load, divided by its tokens. */
function perTokens(
  { parts }: MemoryLoad,
  tokens: number | null,
  from: TokenSource,
  bytes: number,
): Cost {
  const cache = parts.kv_cache
  if (cache === undefined || tokens === null || tokens === 0) {
    return { ...UNKNOWN, base_bytes: cache === undefined ? bytes : bytes - cache }
  }
  return {
    base_bytes: Math.max(bytes - cache, 0),
    bytes_per_token: Math.round(cache / tokens),
    per_token_from: from,
    spread_bytes: null,
  }
}

/** What processes take in main memory besides what the engine tells of. */
function overheadOf(loads: readonly MemoryLoad[]): LearnedBytes | null {
  const rests = loads.flatMap((load) => {
    const { process_bytes, device, parts } = load
    const isWhole = parts.weights !== undefined && parts.kv_cache !== undefined
    if (process_bytes === null || !isWhole) return []
    const rest = process_bytes - (device === 'cpu' ? sumOf(load) : (load.gpu_bytes ?? 0))
    return rest >= 0 ? [rest] : []
  })
  if (rests.length === 0) return null
  const spread = rests.length > 1 ? rangeOf(rests) : null
  return { bytes: Math.round(mean(rests)), n: rests.length, spread }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
