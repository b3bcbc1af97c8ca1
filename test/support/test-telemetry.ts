import { setTimeout as sleep } from 'node:timers/promises'
import type { GpuProcess, Sample, Telemetry } from '../../src/telemetry/types.ts'

const GIB = 1024 ** 3

/** A sampler of a GPU whose memory the test sets. */
export class TestTelemetry implements Telemetry {
  unavailable: string | null = null
  hasGpu: boolean | null = true
  /** GiB. */
  used = 1
  holders: GpuProcess[] = []
  samples = 0
  readonly #listeners = new Set<(sample: Sample) => void>()

  latest(): Sample | null {
    return null
  }

  async fresh(): Promise<Sample> {
    await sleep(5)
    this.samples += 1
    const rest = { uuid: null, name: 'GPU', utilization: null, throttled: null }
    const gpu = { index: 0, total: 24 * GIB, used: this.used * GIB, ...rest }
    const host = { cpu: null, ramUsed: 0, ramTotal: 0, swapUsed: null }
    const sample = { at: Date.now(), gpus: [gpu], stale: false, ...host }
    for (const listener of this.#listeners) listener(sample)
    return sample
  }

  processes(): GpuProcess[] {
    return this.holders
  }

  /** Who held memory in any span, the peak of which is what is used now. */
  seen: number[] | null = null

  since(
    ...[from, to = from, others = () => 0]: Parameters<Telemetry['since']>
  ): ReturnType<Telemetry['since']> {
    if (this.seen === null) return { peak: null, pids: [], flags: [] }
    const used = this.used * GIB
    const moments = [from, to].map((at) => used - others(this.holders, { used, at }))
    return { peak: Math.max(...moments), pids: this.seen, flags: [] }
  }

  subscribe(listener: (sample: Sample) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async stop(): Promise<void> {
    this.#listeners.clear()
  }
}
