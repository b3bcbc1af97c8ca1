import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import type { GpuProcess, GpuSample, GpuSource, GpuSourceEvents } from './types.ts'

/** What a board says of itself, and how busy the GPU of a Jetson is, in thousandths. */
const BOARD = '/proc/device-tree/model'
const JETSON_LOAD = '/sys/devices/gpu.0/load'

interface Options {
  intervalMs: number
  /** @default process.platform */
  platform?: NodeJS.Platform
  /** @default process.arch */
  arch?: string
  /** Path of what the board says of itself. */
  board?: string
  /** @default the first processor's */
  chip?: string | undefined
}

/** GPUs that no tool tells of and that work in the machine's own memory: those of a Jetson, and of Apple's chips. */
export class MachineMemorySource implements GpuSource {
  problem: string | null = 'the machine is no Jetson and no Mac'
  failing = false
  absent = false
  readonly #options: Options
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #look: () => void = () => {}

  constructor(options: Options) {
    this.#options = options
  }

  start(events: GpuSourceEvents): void {
    void this.#begin(events)
  }

  look(): void {
    this.#look()
  }

  processes(): readonly GpuProcess[] {
    return []
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
  }

  async #begin(events: GpuSourceEvents): Promise<void> {
    const { platform = process.platform, arch = process.arch, intervalMs } = this.#options
    const { board = BOARD, chip = cpus()[0]?.model } = this.#options
    const model = platform === 'linux' ? await textIn(board) : ''
    const isApple = platform === 'darwin' && arch === 'arm64'
    if (!/\bJetson\b/.test(model)) {
      this.absent = !isApple
      this.failing = true
      if (isApple) {
        const name = chip ?? 'The GPU of this Mac'
        this.problem = `${name} works in the machine's own memory, and macOS does not tell what of it is a model's`
      }
      return events.onFailing()
    }
    this.problem = null
    this.#look = () => void this.#read(model, events)
    this.#look()
    this.#timer = setInterval(this.#look, intervalMs).unref()
  }

  async #read(name: string, events: GpuSourceEvents): Promise<void> {
    const askedAt = performance.now()
    const load = /^\d{1,4}$/.exec(await textIn(JETSON_LOAD))?.[0]
    if (this.#stopped) return
    const gpu: GpuSample = {
      index: 0,
      uuid: null,
      name,
      total: null,
      used: null,
      utilization: load === undefined ? null : Math.min(Number(load) / 1_000, 1),
      throttled: null,
      shared: { total: null, used: null, isWhole: true },
    }
    events.onReading([gpu], askedAt)
  }
}

/** Without the end that texts of the device tree have. */
async function textIn(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.replaceAll('\0', '').trim()
}
