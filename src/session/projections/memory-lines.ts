import type { EventOf } from '../../events/index.ts'
import { BYTES_PER_MB, sizeText } from '../../host/gigabytes.ts'

type Measured = EventOf<'memory_measured'>
type Line = [level: 'INFO' | 'WARN', message: string]

const NAMES: Record<string, string> = { kv_cache: 'KV cache' }

/** The story of a load: what it took, and what its engine has said of it that matters. */
export function memoryLines(event: Measured): Line[] {
  const { model, parts, context, layers, device } = event
  const sums = new Map<string, number>()
  for (const { part, bytes } of parts) sums.set(part, (sums.get(part) ?? 0) + bytes)
  const taken = [...sums].flatMap(([part, bytes]) =>
    bytes < BYTES_PER_MB ? [] : [`${NAMES[part] ?? part} ${sizeText(bytes)}`],
  )
  const how = [
    ...(context === null ? [] : [`${context} tokens`]),
    ...(layers === null || device === 'cpu'
      ? []
      : [`${layers.offloaded} of ${layers.total} layers on the GPU`]),
    ...(device === null ? [] : [device]),
  ]
  const what = [taken.join(', '), how.join(', ')].filter(Boolean).join('; ')
  const told = event.told.map((line): Line => ['WARN', `${model}: ${line}`])
  return [['INFO', `Memory Taken: ${model} (${what || 'n/a'})`], ...told]
}
