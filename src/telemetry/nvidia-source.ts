import { LoopingTool } from './looping-tool.ts'
import { SingleLook } from './single-look.ts'
import {
  gpuQuery,
  INVALID_FIELD,
  parseGpu,
  parseProcess,
  PROCESS_QUERY,
  REASON_FIELDS,
} from './nvidia-csv.ts'
import type { GpuProcess, GpuSample, GpuSource, GpuSourceEvents, SamplerGuard } from './types.ts'

export interface NvidiaOptions {
  env: NodeJS.ProcessEnv
  intervalMs: number
  guard: SamplerGuard | undefined
  /** See {@link LoopingTool}. */
  patienceMs?: number
}

const FORMAT = '--format=csv,noheader,nounits'
/** The lines of one look at several GPUs come together: after a pause as long as this it is complete. */
const SETTLE_MS = 100
/** A process that was not listed for so many intervals holds no memory any more. */
const INTERVALS_UNTIL_GONE = 2.5
/** A device that was not told of for so many intervals is lost. */
const INTERVALS_UNTIL_LOST = 10
/** What nvidia-smi says where its driver is there and no GPU. */
const NO_DEVICES = /No devices were found/i
/** A list longer than this is no list of processes. */
const MOST_PROCESSES = 4_096

/** NVIDIA's GPUs: `nvidia-smi` in loop mode, one process for the devices and one for what runs on them. */
export class NvidiaSource implements GpuSource {
  readonly #devices: LoopingTool
  readonly #apps: LoopingTool
  readonly #once: SingleLook
  readonly #intervalMs: number
  readonly #gpus = new Map<number, { gpu: GpuSample; at: number }>()
  readonly #told = new Set<number>()
  readonly #seen = new Map<number, GpuProcess & { at: number }>()
  #reasons = 0
  #asksForProcesses = false
  /** So many devices make a look complete; 0: not known yet. */
  #expected = 0
  #settled: NodeJS.Timeout | undefined
  #events: GpuSourceEvents = { onReading: () => {}, onFailing: () => {} }

  constructor({ env, intervalMs, guard, ...options }: NvidiaOptions) {
    this.#intervalMs = intervalMs
    const args = (query: string): string[] => [query, FORMAT, '-lms', String(intervalMs)]
    const tool = { file: 'nvidia-smi', env, intervalMs, guard, ...options }
    this.#devices = new LoopingTool({
      ...tool,
      args: () => args(gpuQuery(REASON_FIELDS[this.#reasons]!)),
      onLine: (line) => this.#onDevice(line),
      onFailing: () => this.#events.onFailing(),
    })
    this.#apps = new LoopingTool({
      ...tool,
      // Where nothing runs, nothing is printed.
      mayBeSilent: true,
      args: () => args(PROCESS_QUERY),
      onLine: (line) => this.#onProcess(line),
      onFailing: () => {},
    })
    // What takes longer than the next line of the loop is of no use.
    this.#once = new SingleLook({ file: tool.file, env, guard, patienceMs: intervalMs })
  }

  get problem(): string | null {
    const { absent, problem } = this.#devices
    if (absent) return 'nvidia-smi is not on the PATH'
    return problem === null ? this.#withoutMemory() : `nvidia-smi gives no figures: ${problem}`
  }

  get failing(): boolean {
    return this.#devices.failing
  }

  get absent(): boolean {
    return this.#devices.absent || NO_DEVICES.test(this.#devices.problem ?? '')
  }

  start(events: GpuSourceEvents): void {
    this.#events = events
    this.#devices.start()
  }

  look(): void {
    if (this.#expected > 0 && !this.failing) void this.#lookOnce()
  }

  processes(): readonly GpuProcess[] {
    const oldest = performance.now() - this.#intervalMs * INTERVALS_UNTIL_GONE
    for (const [pid, { at }] of this.#seen) if (at < oldest) this.#seen.delete(pid)
    return [...this.#seen.values()].map(({ pid, name, used }) => ({ pid, name, used }))
  }

  async stop(): Promise<void> {
    clearTimeout(this.#settled)
    this.#once.stop()
    await Promise.all([this.#devices.stop(), this.#apps.stop()])
  }

  async #lookOnce(): Promise<void> {
    const askedAt = performance.now()
    const reasons = REASON_FIELDS[this.#reasons]!
    const lines = await this.#once.look([gpuQuery(reasons), FORMAT])
    const gpus = lines?.map((line) => parseGpu(line, reasons)) ?? []
    const at = performance.now()
    // Less than all is no look at the GPUs.
    if (gpus.length < this.#expected || gpus.includes(null)) return
    for (const gpu of gpus as GpuSample[]) this.#gpus.set(gpu.index, { gpu, at })
    this.#events.onReading(this.#sorted(), askedAt)
  }

  #onDevice(line: string): 'understood' | 'nonsense' | 'restart' {
    const reasons = REASON_FIELDS[this.#reasons]!
    if (reasons !== null && INVALID_FIELD.test(line)) {
      this.#reasons += 1
      return 'restart'
    }
    const gpu = parseGpu(line, reasons)
    if (gpu === null) return 'nonsense'
    // Only where there are devices is there something that runs on them.
    if (!this.#asksForProcesses) this.#apps.start()
    this.#asksForProcesses = true
    if (this.#told.has(gpu.index)) this.#tell()
    this.#gpus.set(gpu.index, { gpu, at: performance.now() })
    this.#told.add(gpu.index)
    clearTimeout(this.#settled)
    if (this.#told.size === this.#expected) this.#tell()
    else this.#settled = setTimeout(() => this.#tell(), SETTLE_MS).unref()
    return 'understood'
  }

  #tell(): void {
    clearTimeout(this.#settled)
    const oldest = performance.now() - this.#intervalMs * INTERVALS_UNTIL_LOST
    for (const [index, { at }] of this.#gpus) if (at < oldest) this.#gpus.delete(index)
    this.#told.clear()
    this.#expected = this.#gpus.size
    this.#events.onReading(this.#sorted())
  }

  #sorted(): GpuSample[] {
    const gpus = [...this.#gpus.values()].map(({ gpu }) => gpu)
    return gpus.toSorted((a, b) => a.index - b.index)
  }

  #onProcess(line: string): 'understood' | 'nonsense' {
    const found = parseProcess(line)
    if (found === null) return 'nonsense'
    const at = performance.now()
    const before = this.#seen.get(found.pid)
    // A process on several GPUs has a line for each of them.
    const sameLook = before !== undefined && at - before.at < this.#intervalMs / 2
    const used = sameLook ? sumOf(before.used, found.used) : found.used
    if (before !== undefined || this.#seen.size < MOST_PROCESSES) {
      this.#seen.set(found.pid, { ...found, used, at: sameLook ? before.at : at })
    }
    return 'understood'
  }

  #withoutMemory(): string | null {
    const gpus = [...this.#gpus.values()].map(({ gpu }) => gpu)
    const silent = gpus.find(({ used }) => used === null)
    if (silent === undefined) return null
    if (silent.total !== null)
      return `${silent.name} does not tell how much of its memory is in use`
    return `${silent.name} tells of no memory of its own: it shares the machine's RAM`
  }
}

function sumOf(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other
}
