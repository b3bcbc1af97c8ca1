import type { OwnGpu } from '../../host/own-gpus.ts'

/** What of a machine a run wants for itself, where it does not want all of it. */
export interface RunWants {
  gpus: readonly OwnGpu[]
  /** Ports that its services insist on. */
  ports: readonly number[]
  /** It ends every Ollama of the machine, or has one that would be ended. */
  ollama: boolean
}

/** A lock of a part of the machine. */
export interface PartLock {
  file: string
  holds: string
}

/** The locks of what a run wants, in the order in which every run takes them. */
export function locksOf({ gpus, ports, ollama }: RunWants): PartLock[] {
  const locks = [
    ...gpus.flatMap((gpu) =>
      gpu.locks.map((lock) => ({ file: fileOf(`gpu-${lock}`), holds: gpuText(gpu, lock) })),
    ),
    ...ports.map((port) => ({ file: fileOf(`port-${port}`), holds: `port ${port}` })),
    ...(ollama ? [{ file: fileOf('ollama'), holds: 'Ollama' }] : []),
  ]
  const each = new Map(locks.map((lock) => [lock.file, lock]))
  return [...each.values()].toSorted((one, other) => (one.file < other.file ? -1 : 1))
}

function gpuText({ index, uuid, isWhole }: OwnGpu, lock: string): string {
  return isWhole ? `GPU ${index} (${uuid ?? lock})` : `a part of GPU ${index} (${lock})`
}

/** Old names of divided GPUs have a `/`. */
function fileOf(name: string): string {
  return `${name.replaceAll(/[^\w.-]/g, '_')}.lock`
}

/** Why two runs that want this cannot go side by side, as far as it does not go without saying. */
export function whyAlone(holds: string): string {
  if (holds === 'Ollama') {
    return ', and a run with ollama:// ends every other Ollama of this machine'
  }
  return holds.startsWith('port ') ? ', which a service of this plan insists on' : ''
}
