import type { GpuProcess, GpuSample } from './types.ts'

/**
 * Names of the field that holds why clocks are held down, as a bit mask: drivers from 535 on, those before,
 * and none. nvidia-smi refuses a whole query for one field that it does not know.
 */
export const REASON_FIELDS = [
  'clocks_event_reasons.active',
  'clocks_throttle_reasons.active',
  null,
] as const
export type ReasonField = (typeof REASON_FIELDS)[number]

/** What nvidia-smi says of such a field. */
export const INVALID_FIELD = /not a valid field to query/i

const FIELDS = ['index', 'uuid', 'memory.total', 'memory.used', 'utilization.gpu']
const MIB = 1024 ** 2
const HIGHEST_INDEX = 1_023
/** Its words for a GPU that has no memory of its own: GB10, Jetson. */
const NO_MEMORY = /^\[?(?:N\/A|Not Supported)\]?$/i
/** NVML's bits for thermal slowdown by software and hardware, and for the hardware's power brake. */
const THROTTLED = 0x20n | 0x40n | 0x80n

/** The query of all GPUs. Names come last, as they may hold commas. */
export function gpuQuery(reasons: ReasonField): string {
  const fields = [...FIELDS, ...(reasons === null ? [] : [reasons]), 'name']
  return `--query-gpu=${fields.join(',')}`
}

/** The query of processes that compute. */
export const PROCESS_QUERY = '--query-compute-apps=gpu_uuid,pid,used_memory,process_name'

/** One line of {@link gpuQuery}; null for anything else. Values that are no numbers are not known. */
export function parseGpu(line: string, reasons: ReasonField): GpuSample | null {
  const width = FIELDS.length + (reasons === null ? 0 : 1)
  const cells = line.split(',')
  const index = whole(cells[0])
  if (cells.length <= width || index === null || index > HIGHEST_INDEX) return null
  const [, uuid, total, used, utilization, mask] = cells.map((cell) => cell.trim())
  const name = cells.slice(width).join(',').trim()
  if (name === '' || !/^(?:GPU|MIG)-|^\[?N\/A/i.test(uuid!)) return null
  const percent = number(utilization)
  const hasNoMemory = NO_MEMORY.test(total!) && NO_MEMORY.test(used!)
  return {
    index,
    uuid: /^(?:GPU|MIG)-/i.test(uuid!) ? uuid! : null,
    name,
    total: mebibytes(total),
    used: mebibytes(used),
    utilization: percent === null ? null : Math.min(percent / 100, 1),
    throttled: reasons === null ? null : throttled(mask),
    ...(hasNoMemory && { shared: { total: null, used: null, isWhole: true } }),
  }
}

/** One line of {@link PROCESS_QUERY}: a process, and the GPU that it is on; null for anything else. */
export function parseProcess(line: string): { uuid: string; process: GpuProcess } | null {
  const [uuid, pid, used, ...name] = line.split(',')
  const id = whole(pid)
  if (id === null || id === 0 || name.length === 0) return null
  return {
    uuid: uuid!.trim(),
    process: { pid: id, name: name.join(',').trim(), used: mebibytes(used) },
  }
}

function throttled(mask: string | undefined): boolean | null {
  if (mask === undefined || !/^0x[\da-f]{1,16}$/i.test(mask)) return null
  return (BigInt(mask) & THROTTLED) !== 0n
}

function whole(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : null
}

function mebibytes(text: string | undefined): number | null {
  const value = number(text)
  return value === null ? null : value * MIB
}

/** `[N/A]`, `[Not Supported]`, `[Insufficient Permissions]`, `ERR!` and nothing at all are no numbers. */
function number(text: string | undefined): number | null {
  const digits = /^\s*(\d{1,12}(?:\.\d+)?)(?: ?(?:MiB|%))?\s*$/.exec(text ?? '')?.[1]
  return digits === undefined ? null : Number(digits)
}
