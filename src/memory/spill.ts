import { isHostDevice } from './log/devices.ts'
import type { LogLoad, LoggedPart } from './log/types.ts'

/** A model that does not lie on the GPU as a whole. */
export interface Spill {
  /** What of it does, 0 to 1. */
  share: number
  /** `20 of 33 layers lie on the GPU`. */
  how: string
}

type Logged = Pick<LogLoad, 'engine' | 'layers' | 'parts'>

/** What a load has left in main memory by its engine's own lines; null where it is nothing, or they do not say. */
export function spillOf({ engine, layers, parts }: Logged): Spill | null {
  // The devices of vLLM are its workers, and it spills nothing.
  if (engine === 'vllm') return null
  if (layers !== null && layers.total > 0 && layers.offloaded < layers.total) {
    const { offloaded, total } = layers
    return { share: offloaded / total, how: `${offloaded} of ${total} layers lie on the GPU` }
  }
  const own = parts.filter(({ of }) => of === undefined)
  const all = bytesOf(own, isAnywhere)
  if (all === 0) return null
  const share = bytesOf(own, isOnCard) / all
  if (share === 0) return { share, how: 'all of it lies in main memory' }
  const cache = own.filter(({ part }) => part === 'kv_cache')
  if (bytesOf(cache, isOnHost) > 0) {
    return { share, how: `${inWords(cache)} of its KV cache lie in main memory` }
  }
  // The table of its words stays there in any case.
  const weights = own.filter(({ part }) => part === 'weights')
  if (bytesOf(weights, isOnHost) <= bytesOf(weights, isOnCard)) return null
  return { share, how: `${inWords(weights)} of its weights lie in main memory` }
}

/** What of some models an engine holds on the GPU, by its own word; null where it is all. Bytes. */
export function spillOfSizes(models: readonly { size: number; sizeVram: number }[]): Spill | null {
  const partly = models.filter(({ size, sizeVram }) => sizeVram < size)
  if (partly.length === 0) return null
  const { size, sizeVram } = partly.toSorted(
    (a, b) => a.sizeVram / a.size - b.sizeVram / b.size,
  )[0]!
  return {
    share: sizeVram / size,
    how: `${gigabytes(sizeVram)} of ${gigabytes(size)} lie on the GPU`,
  }
}

/** From so many bytes on what a driver has put into main memory is no staging buffer. */
const CONSIDERABLE_BYTES = 1024 ** 3

/** What Windows' driver has put into main memory, as it does silently where a GPU is full; null where it is little. Bytes. */
export function spillOfDriver({ own, shared }: { own: number; shared: number }): Spill | null {
  if (shared < CONSIDERABLE_BYTES) return null
  const how = `${gigabytes(shared)} of it lie in the shared memory of the driver`
  return { share: own / (own + shared), how }
}

const isAnywhere = ({ device }: LoggedPart): boolean => device !== null
const isOnHost = ({ device }: LoggedPart): boolean => isHostDevice(device) === true
const isOnCard = ({ device }: LoggedPart): boolean => isHostDevice(device) === false

function bytesOf(parts: readonly LoggedPart[], counts: (part: LoggedPart) => boolean): number {
  return parts.filter(counts).reduce((sum, { bytes }) => sum + bytes, 0)
}

function inWords(parts: readonly LoggedPart[]): string {
  return `${gigabytes(bytesOf(parts, isOnHost))} of ${gigabytes(bytesOf(parts, isAnywhere))}`
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(2)} GB`
}
