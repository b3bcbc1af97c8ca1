/** A GPU as rooms know it. */
export interface RoomGpu {
  index: number
  uuid: string | null
  name: string
}

/** Memory that models can be loaded into: that of one GPU, or the machine's. Bytes; null where the system does not tell. */
export interface Room {
  /** Null for the machine's own memory. */
  gpu: RoomGpu | null
  total: number | null
  free: number | null
}

/** A process that holds memory there. */
export interface Holder {
  pid: number
  name: string
  /** Bytes; null where the driver does not tell. */
  used: number | null
}

/** A GPU as a sample tells of it. */
export interface SampledGpu extends RoomGpu {
  total: number | null
  used: number | null
  shared?: { total: number | null; used: number | null }
}

/** What names the GPUs that a process may use: CUDA's own variable, and those of AMD's tools. */
const VISIBLE = ['CUDA_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES'] as const

/** What the environment says that a process may use of these GPUs; null where it says nothing of it. */
export function visibleIn(env: Readonly<Record<string, string | undefined>>): string | null {
  const named = VISIBLE.find((name) => env[name] !== undefined)
  if (named === undefined) return null
  // Samples know GPUs that are divided, and not what they are divided into: those of them that are ours are told as it is.
  const words = env[named]!.split(',').map((word) => word.trim())
  return words.every((word) => word.startsWith('MIG-')) ? null : env[named]!
}

/** The rooms of those GPUs that a process may use. `hostFree`: bytes of the machine's memory. */
export function gpuRooms(
  gpus: readonly SampledGpu[],
  visible: string | null,
  hostFree: number | null,
): Room[] {
  return chosen(gpus, visible).map(({ index, uuid, name, total, used, shared }) => {
    const gpu = { index, uuid, name }
    const free = total === null || used === null ? null : Math.max(0, total - used)
    if (shared === undefined || free === null) return { gpu, total, free }
    // What lies in the machine's memory is free only as far as that is.
    const mapped =
      shared.total === null || shared.used === null ? free : Math.max(0, shared.total - shared.used)
    const within = hostFree === null ? mapped : Math.min(mapped, hostFree)
    return { gpu, total, free: Math.max(0, free - mapped) + within }
  })
}

/** As CUDA reads its variable: numbers or beginnings of uuids, up to the first that names none. */
function chosen(gpus: readonly SampledGpu[], visible: string | null): SampledGpu[] {
  if (visible === null) return [...gpus]
  const found: SampledGpu[] = []
  for (const word of visible.split(',').map((part) => part.trim())) {
    const gpu = gpus.find(({ index, uuid }) => {
      return word !== '' && (word === String(index) || uuid?.startsWith(word) === true)
    })
    if (gpu === undefined) break
    if (!found.includes(gpu)) found.push(gpu)
  }
  return found
}
