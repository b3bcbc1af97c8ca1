import { readFileSync } from 'node:fs'
import type { LogLoad } from '../../memory/log/types.ts'
import { processTrees } from '../../telemetry/tree-memory.ts'
import type { LoadedModel } from '../engine.ts'

/** Engines whose logs say what they have taken. */
const TELLING = new Set(['llamacpp', 'ollama', 'vllm'])
const KB = 1_024
/** Sizes in Ollama's log are rounded to a tenth of their unit. */
const ROUNDED = 0.02

/** What a load took in main memory by the system's own word. */
export interface ProcessMemory {
  /** Bytes of its own. */
  own_bytes: number
  /** Bytes of files that lie in memory for it: those of the model, and programs. */
  file_bytes: number
}

/** What is known of the memory of a service that has just become ready. */
export interface MemoryReading {
  load: LogLoad
  process: ProcessMemory | null
}

/**
 * What the log of a service and its processes tell of its memory, read when it has become ready, and again when it is
 * about to stop. What reads logs is loaded with the first engine that has one.
 */
export class MemoryReader {
  readonly #engine: string
  #log: { path: string; file: { loads(): Promise<LogLoad[]> } } | null = null
  #known = 0

  constructor(engine: string) {
    this.#engine = engine
  }

  /** The newest load; of several models in one process the one of that size. Null where nothing is told. Never rejects. */
  async ready(
    path: string,
    pid: number | null,
    loaded: readonly LoadedModel[],
  ): Promise<MemoryReading | null> {
    if (!TELLING.has(this.#engine) || path === '') return null
    const [loads, process] = await Promise.all([this.#loads(path), processMemory(pid)])
    this.#known = loads.length
    const load = ofSize(loads, loaded) ?? loads.at(-1)
    return load === undefined ? null : { load, process }
  }

  /** A load that the engine has made by itself since: the newest, null where there is none. Never rejects. */
  async since(): Promise<LogLoad | null> {
    if (this.#log === null || this.#known === 0) return null
    const loads = await this.#loads(this.#log.path)
    const newest = loads.length > this.#known ? loads.at(-1)! : null
    this.#known = loads.length
    return newest
  }

  async #loads(path: string): Promise<LogLoad[]> {
    if (this.#log?.path !== path) {
      const { LogFile } = await import('../../memory/log/log-file.ts')
      this.#log = { path, file: new LogFile(path) }
    }
    return this.#log.file.loads()
  }
}

function ofSize(loads: readonly LogLoad[], loaded: readonly LoadedModel[]): LogLoad | undefined {
  const [one] = loaded
  if (one === undefined || loads.length < 2) return undefined
  return loads.findLast(({ total }) => {
    return total !== null && Math.abs(total - one.size) <= one.size * ROUNDED
  })
}

/** What the tree of a process holds; null but on Linux, which tells what is its own. */
async function processMemory(pid: number | null): Promise<ProcessMemory | null> {
  if (pid === null || process.platform !== 'linux') return null
  const trees = await processTrees([pid]).catch(() => null)
  const pids = trees?.get(pid)?.pids ?? []
  const sums = { own_bytes: 0, file_bytes: 0 }
  let isTold = false
  for (const one of pids) {
    const [own, file] = residentOf(one)
    if (own === null || file === null) continue
    isTold = true
    sums.own_bytes += own
    sums.file_bytes += file
  }
  return isTold ? sums : null
}

function residentOf(pid: number): [own: number | null, file: number | null] {
  let status: string
  try {
    status = readFileSync(`/proc/${pid}/status`, 'latin1')
  } catch {
    return [null, null]
  }
  const bytes = (name: string): number | null => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]
    return found === undefined ? null : Number(found) * KB
  }
  const [own, file, shared] = [bytes('RssAnon'), bytes('RssFile'), bytes('RssShmem')]
  return [own === null ? null : own + (shared ?? 0), file]
}
