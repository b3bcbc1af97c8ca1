/** One GPU at one moment. Memory in bytes; null where the system does not tell. */
export interface GpuSample {
  index: number
  uuid: string | null
  name: string
  total: number | null
  used: number | null
  /** 0 to 1. */
  utilization: number | null
  /** Slowed down by heat or power; null where the system does not tell. */
  throttled: boolean | null
  /** What of `total` and `used` lies in the machine's own memory; absent where none does. */
  shared?: SharedMemory
}

/** Memory of a GPU that is the machine's own, in bytes; null where the system does not tell. */
export interface SharedMemory {
  total: number | null
  used: number | null
  /** Nobody tells what of the machine's memory the GPU uses: both are the machine's. */
  isWhole: boolean
}

/** The machine at one moment. */
export interface Sample {
  /** Milliseconds since the epoch. */
  at: number
  gpus: readonly GpuSample[]
  /**
   * The GPU figures are older than they should be: the source hangs or was restarted. Without figures: it is not known
   * yet whether there is a GPU.
   */
  stale: boolean
  /** Share of all cores since the last sample, 0 to 1. */
  cpu: number | null
  ramUsed: number
  ramTotal: number
  swapUsed: number | null
}

/** A process that holds GPU memory. */
export interface GpuProcess {
  pid: number
  name: string
  /** Bytes; null where the driver does not tell. */
  used: number | null
  /** Bytes that it held when processes were looked at for the first time; absent for one that came later. */
  atFirst?: number
}

/** One long-running sampler of the machine, shared by all that ask. */
export interface Telemetry {
  /** A sentence that says why GPU memory cannot be read; null when it can, and while nobody knows. */
  readonly unavailable: string | null
  /**
   * A sentence on a GPU that cannot be read beside those that can, or whose memory is the machine's; null where there is
   * nothing to tell. Absent: the same.
   */
  readonly remark?: string | null
  /** Whether there is a GPU, be it one that cannot be read; null while nobody knows. */
  readonly hasGpu: boolean | null
  /** The newest sample, null before the first. */
  latest(): Sample | null
  /** The first sample taken after this call; null when none comes in time or there is no GPU to read. */
  fresh(signal?: AbortSignal): Promise<Sample | null>
  /** Processes that hold GPU memory now, as far as the system tells. */
  processes(): readonly GpuProcess[]
  /**
   * What the samples of a span say. Milliseconds since the epoch; without `to` until now. `others` tells, of the processes
   * that held memory at a moment, the bytes that are not to count.
   */
  since(from: number, to?: number, others?: OthersShare): Window
  /** Called with every sample until the returned function is called. */
  subscribe(listener: (sample: Sample) => void): () => void
  /** Takes a last sample, then ends what it started. Never rejects. */
  stop(): Promise<void>
}

/** How much of what is in use at a moment is to be left out, in bytes, by the processes that hold it. */
export type OthersShare = (
  holders: readonly GpuProcess[],
  /** What is in use, and when it was, in milliseconds since the epoch. */
  moment: { used: number; at: number },
) => number

/** `no_gpu_figures`: they had come before, and ceased to. */
export type TelemetryFlag = 'throttled' | 'swap_used' | 'clock_jump' | 'no_gpu_figures'

/** What the samples of a span of time say. */
export interface Window {
  /**
   * Highest memory in use over all GPUs, in bytes. In a span without a sample of its own it is the last one
   * before it; null where that is too old, or a GPU does not tell.
   */
  peak: number | null
  /** Pids that held a considerable amount of GPU memory, or an unknown one, at some moment of the span. */
  pids: readonly number[]
  flags: readonly TelemetryFlag[]
}

/** A way to read the GPUs of a machine. It may fail at any time and must never throw. */
export interface GpuSource {
  /** Why GPU memory cannot be read, as the end of a sentence; null while it can. */
  readonly problem: string | null
  /** What it needs is not there, or fails; it may come back. */
  readonly failing: boolean
  /** There is no GPU of its kind, as far as the system tells. */
  readonly absent: boolean
  start(events: GpuSourceEvents): void
  processes(): readonly GpuProcess[]
  /** Tells of its GPUs as soon as it can, besides what it tells anyway; where it cannot, nothing happens. */
  look(): void
  stop(): Promise<void>
}

export interface GpuSourceEvents {
  /**
   * The state of all its GPUs, about once an interval. `askedAt`: when it was asked for, by `performance.now()`; it is
   * of a time after that for certain.
   */
  onReading(gpus: readonly GpuSample[], askedAt?: number): void
  onFailing(): void
}

/** Who ends what is left when this process dies. */
export interface SamplerGuard {
  watch(process: { pid: number; start: string | null; grace: number }): void
  forget(pid: number): void
}

/** GPU memory in use over all GPUs, in bytes; null where one of them does not tell. */
export function memoryInUse({ gpus }: Pick<Sample, 'gpus'>): number | null {
  if (gpus.length === 0) return null
  return gpus.reduce<number | null>(
    (sum, { used }) => (sum === null || used === null ? null : sum + used),
    0,
  )
}
