import { setTimeout as sleep } from 'node:timers/promises'
import type { EventOf } from '../../events/index.ts'
import { BYTES_PER_GB, inGb } from '../../host/gigabytes.ts'
import { areNumbersOurs } from '../../telemetry/listed-processes.ts'
import { type GpuProcess, memoryInUse, type Sample, type Telemetry } from '../../telemetry/types.ts'
import { type Owns, takenByOthers } from './memory-of-others.ts'

/** Memory that is still in use when it should be back, at one moment. */
export interface MemoryAfter {
  /** Bytes, without what others have taken since; null where nobody can tell. */
  used: number | null
  isLeak: boolean
  /** What may hold it, as far as the system tells. */
  holders: readonly GpuProcess[]
}

/** GPU memory before a loadout started, and who held it. */
export interface MemoryBefore {
  /** Bytes over all GPUs; null where one of them does not tell. */
  used: number | null
  /** As an event tells it, in GB; empty where nobody can tell. */
  gpus: NonNullable<EventOf<'loadout_starting'>['gpus']>
  processes: readonly GpuProcess[]
}

/** So much more than before may stay in use without a word. */
const TOLERATED_BYTES = 0.25 * BYTES_PER_GB
/** A sample of the time after the last loadout, and as young as this, needs no other one. */
const YOUNG_MS = 1_500
/** Each look of those who wait for memory comes twice as long after the one before. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [20, 500]
/** Nothing tells of the GPU of Apple's own processors, and each has one. */
const HAS_ONE_ANYWAY = process.platform === 'darwin' && process.arch === 'arm64'

/** What the GPUs hold before, while and after services run. Without a readable GPU all is unknown, at once. */
export class GpuMemory {
  readonly #telemetry: Telemetry | null
  readonly #owns: Owns
  /** Since when nothing of ours was started. */
  #quietSince = Infinity

  constructor(telemetry: Telemetry | null, owns: Owns = () => null) {
    this.#telemetry = telemetry
    this.#owns = owns
  }

  get isReadable(): boolean {
    return this.#telemetry !== null && this.#telemetry.unavailable === null
  }

  /** Names of the GPUs, as far as they have been told so far. */
  get gpus(): string[] {
    return this.#telemetry?.latest()?.gpus.map(({ name }) => name) ?? []
  }

  /** Whether a model could lie in the memory of a GPU here. */
  async hasGpu(signal?: AbortSignal): Promise<boolean> {
    if (this.#telemetry === null) return false
    if (HAS_ONE_ANYWAY || this.#telemetry.hasGpu === true) return true
    if (this.#telemetry.hasGpu === null) await this.#fresh(signal)
    return this.#telemetry.hasGpu ?? false
  }

  /** What is in use on each GPU right now, and by whom; without a sample where that cannot be told. */
  async look(
    signal: AbortSignal,
  ): Promise<{ sample: Sample | null; hasGpu: boolean; processes: readonly GpuProcess[] }> {
    const hasGpu = await this.hasGpu(signal)
    const latest = this.#telemetry?.latest() ?? null
    const sample = isYoung(latest) ? latest : await this.#fresh(signal)
    // Where no other one comes in time, one that is not stale tells as much.
    return {
      sample: sample ?? this.#telemetry?.latest() ?? null,
      hasGpu,
      processes: this.#listed(),
    }
  }

  /** Before something is started. */
  async before(signal: AbortSignal): Promise<MemoryBefore> {
    const latest = this.#telemetry?.latest() ?? null
    const known = isYoung(latest) && latest.at >= this.#quietSince
    const sample = known ? latest : await this.#fresh(signal)
    this.#quietSince = Infinity
    const gpus = sample === null || sample.stale ? [] : sample.gpus
    return {
      used: usedIn(sample),
      gpus: gpus.map(({ index, used }) => ({ index, vram_used: inGb(used) })),
      processes: this.#telemetry?.processes() ?? [],
    }
  }

  /** Bytes in use without what others have taken since `before`, by a sample that is taken from now on. */
  async now(before: MemoryBefore | null, signal?: AbortSignal): Promise<number | null> {
    const used = usedIn(await this.#fresh(signal))
    return used === null ? null : used - this.#taken(before)
  }

  /**
   * Waits until no more is in use than before, for `patience` milliseconds at most. What others have taken meanwhile is
   * not waited for. Without a figure from before there is nothing to wait for.
   */
  async after(before: MemoryBefore | null, patience: number): Promise<MemoryAfter> {
    const deadline = performance.now() + patience
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      // oxlint-disable-next-line no-await-in-loop -- one sample after the other
      const sample = await this.#fresh(AbortSignal.timeout(Math.max(patience, YOUNG_MS)))
      const all = usedIn(sample)
      const used = all === null ? null : all - this.#taken(before)
      const prior = before?.used ?? null
      // All the machine works in that memory: more of it in use says nothing of services that have ended.
      const isMachines = sample?.gpus.some(({ shared }) => shared?.isWhole) === true
      const allowed = prior === null ? null : prior + TOLERATED_BYTES
      const isBack = used === null || allowed === null || isMachines || used <= allowed
      if (isBack || performance.now() >= deadline) {
        if (sample !== null) this.#quietSince = sample.at
        return { used, isLeak: !isBack, holders: isBack ? [] : this.#holders(before) }
      }
      // oxlint-disable-next-line no-await-in-loop -- a sampler that answers at once is not asked without end
      await sleep(pause)
    }
  }

  async #fresh(signal?: AbortSignal): Promise<Sample | null> {
    if (!this.isReadable) return null
    return this.#telemetry!.fresh(signal).catch(() => null)
  }

  /** Who holds more than before; where nobody does, everyone who holds some. */
  #holders(before: MemoryBefore | null): readonly GpuProcess[] {
    const now = this.#telemetry?.processes() ?? []
    const held = new Map(before?.processes.map(({ pid, used }) => [pid, used ?? 0]))
    const grown = now.filter(({ pid, used }) => !held.has(pid) || (used ?? 0) > held.get(pid)!)
    return grown.length > 0 ? grown : now
  }

  #taken(before: MemoryBefore | null): number {
    return before === null ? 0 : takenByOthers(this.#listed(), before.processes, this.#owns)
  }

  /** Who holds memory, where that is told by the numbers of this system. */
  #listed(): readonly GpuProcess[] {
    const processes = this.#telemetry?.processes() ?? []
    return areNumbersOurs(processes) ? processes : []
  }
}

function isYoung(sample: Sample | null): sample is Sample {
  return sample !== null && !sample.stale && Date.now() - sample.at < YOUNG_MS
}

/** A stale sample tells of another time. */
function usedIn(sample: Sample | null): number | null {
  return sample === null || sample.stale ? null : memoryInUse(sample)
}

/** What holds memory, as an event tells it. */
export function holdersOf(processes: readonly GpuProcess[]): EventOf<'vram_leak'>['processes'] {
  return processes.map(({ pid, name, used }) => ({ pid, name, vram: inGb(used) }))
}
