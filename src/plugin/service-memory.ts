import type { EventOf, SessionEvent } from '../events/index.ts'
import type { GpuProcess } from '../telemetry/types.ts'
import type { ProcessTree } from '../telemetry/tree-memory.ts'
import { inGb } from '../host/gigabytes.ts'

type ServiceSample = NonNullable<EventOf<'sample'>['services']>[number]
type ReadTrees = (roots: readonly number[]) => Promise<ReadonlyMap<number, ProcessTree>>

/** Trees are read no more often than this: with every third sample, which may be a little early. */
const LEAST_BETWEEN_MS = 2_900
/** Nor more often than so many times what the last reading took: that is what they may cost. */
const SHARE = 200
/** The process is the command of a container, and its memory not that of the model. */
const CONTAINER = /^(?:\S*[/\\])?(?:docker|podman)(?:\.exe)?\s/i

/** What the services of a run hold in memory, every few seconds. */
export class ServiceMemory {
  readonly #services = new Map<number, { service: string; isContainer: boolean }>()
  #trees: ReadonlyMap<number, ProcessTree> | null = null
  #isReading = false
  #nextAt = 0

  /** Forgets the services of the last run. */
  clear(): void {
    this.#services.clear()
    this.#trees = null
  }

  /** Learns from a run's events which services run. */
  observe(event: SessionEvent): void {
    if (event.type === 'service_spawned' || event.type === 'service_kept') {
      const { service, command } = event
      this.#services.set(event.pid, { service, isContainer: CONTAINER.test(command) })
      // A new one is looked at with the next sample.
      this.#nextAt = 0
    }
    if (event.type === 'service_exited') this.#services.delete(event.pid)
  }

  /** What was read since the last call; null where it was nothing. The next reading begins when it is time. */
  take(read: ReadTrees, onGpu: readonly GpuProcess[]): ServiceSample[] | null {
    const trees = this.#trees
    this.#trees = null
    if (this.#services.size === 0) return null
    if (!this.#isReading && performance.now() >= this.#nextAt) void this.#read(read)
    if (trees === null) return null
    return [...this.#services].map(([pid, { service, isContainer }]) => {
      const tree = isContainer ? undefined : trees.get(pid)
      return { service, pid, rss: inGb(tree?.rss ?? null), vram: inGb(vramOf(tree, onGpu)) }
    })
  }

  async #read(read: ReadTrees): Promise<void> {
    this.#isReading = true
    const begun = performance.now()
    // What is told meanwhile is a reason for another reading.
    this.#nextAt = begun + LEAST_BETWEEN_MS
    const trees = await read([...this.#services.keys()])
    const took = performance.now() - begun
    if (this.#nextAt > 0) this.#nextAt = begun + Math.max(LEAST_BETWEEN_MS, took * SHARE)
    this.#isReading = false
    this.#trees = trees
  }
}

/** Bytes that a tree holds on the GPUs; null where none of it is listed there, or the driver tells no amount. */
function vramOf(tree: ProcessTree | undefined, onGpu: readonly GpuProcess[]): number | null {
  const own = onGpu.filter(({ pid }) => tree?.pids.includes(pid))
  if (own.length === 0) return null
  return own.reduce<number | null>(
    (sum, { used }) => (sum === null || used === null ? null : sum + used),
    0,
  )
}
