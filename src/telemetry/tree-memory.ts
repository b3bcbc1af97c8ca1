import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A process with all that descends from it. */
export interface ProcessTree {
  pids: readonly number[]
  /** Resident memory in bytes; what processes share counts for each of them. Null where it is not told. */
  rss: number | null
}

const KB = 1_024
/** Files of `/proc` that are read in one go: less than a millisecond. */
const FILES_AT_ONCE = 64
const PS_TIMEOUT_MS = 5_000
const PS_MAX_BYTES = 16 * 1_024 * 1_024

/**
 * The trees of some processes: from `/proc` on Linux, by one `ps` on macOS and the BSDs. Windows does not tell without
 * a costly process of its own. Never rejects.
 */
export async function processTrees(
  roots: readonly number[],
  platform: NodeJS.Platform = process.platform,
): Promise<Map<number, ProcessTree>> {
  if (roots.length === 0 || platform === 'win32') return new Map()
  return platform === 'linux' ? linuxTrees(roots) : psTrees(roots)
}

async function linuxTrees(roots: readonly number[]): Promise<Map<number, ProcessTree>> {
  let read = 0
  const trees = new Map<number, ProcessTree>()
  for (const root of roots) {
    const pids: number[] = []
    let rss: number | null = null
    const waiting = [root]
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
      const own = residentOf(pid)
      if (own === null) continue
      pids.push(pid)
      rss = (rss ?? 0) + own
      for (const thread of threadsOf(pid)) {
        waiting.push(...numbersOf(textOf(`${pid}/task/${thread}/children`)))
        read += 1
        // oxlint-disable-next-line no-await-in-loop -- others have their turn in between
        if (read % FILES_AT_ONCE === 0) await setImmediate()
      }
    }
    if (pids.length > 0) trees.set(root, { pids, rss })
  }
  return trees
}

/** Null where the process is gone. One that has ended but is still listed holds nothing. */
function residentOf(pid: number): number | null {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(textOf(`${pid}/status`))?.[1]
  return found === undefined ? null : Number(found) * KB
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

const numbersOf = (text: string): number[] => text.split(' ').filter(Boolean).map(Number)

function textOf(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1')
  } catch {
    return ''
  }
}

async function psTrees(roots: readonly number[]): Promise<Map<number, ProcessTree>> {
  const processes = new Map<number, number>()
  const children = new Map<number, number[]>()
  for (const line of (await ps()).split('\n')) {
    const [pid, parent, size] = line.trim().split(/\s+/).map(Number)
    if (pid === undefined || parent === undefined || size === undefined) continue
    processes.set(pid, size * KB)
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  return new Map(
    roots.flatMap((root): [number, ProcessTree][] => {
      if (!processes.has(root)) return []
      const pids = [root]
      for (const pid of pids) pids.push(...(children.get(pid) ?? []))
      const rss = pids.reduce((sum, pid) => sum + (processes.get(pid) ?? 0), 0)
      return [[root, { pids, rss }]]
    }),
  )
}

async function ps(): Promise<string> {
  const options = { timeout: PS_TIMEOUT_MS, maxBuffer: PS_MAX_BYTES }
  const columns = ['-ax', '-o', 'pid=,ppid=,rss=']
  try {
    return (await promisify(execFile)('ps', columns, options)).stdout
  } catch {
    return ''
  }
}
