import { readFileSync } from 'node:fs'

/** What V8 says as it ends a process whose heap is full. */
const HEAP_FULL = /FATAL ERROR: [^\n]*(?:heap limit|out of memory|Allocation failed)[^\n]*/i
/** How much of what was printed before a piece is kept, so that a sentence which is cut is found. */
const KEPT_CHARACTERS = 500

/** Listens to what a process prints as it ends, for V8's last words. */
export class LastWords {
  #tail = ''
  /** V8's sentence about its full heap; null where it said none. */
  heapFull: string | null = null

  hear(text: string): void {
    if (this.heapFull !== null) return
    this.#tail += text
    this.heapFull = HEAP_FULL.exec(this.#tail)?.[0].trim() ?? null
    this.#tail = this.#tail.slice(-KEPT_CHARACTERS)
  }
}

/**
 * A number that grows whenever the kernel ends a process for want of memory, on this machine or in the control group
 * of this process. It stays the same where the system does not tell.
 */
export function kernelKills(): number {
  return countIn('/proc/vmstat') + countIn(groupEvents())
}

function countIn(path: string | null): number {
  if (path === null) return 0
  return Number(/^oom_kill (\d+)$/m.exec(read(path))?.[1] ?? 0)
}

/** In a container `/proc/vmstat` may count none. */
function groupEvents(): string | null {
  const group = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1]
  return group === undefined ? null : `/sys/fs/cgroup${group}/memory.events`
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
