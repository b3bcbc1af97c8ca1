import { lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { identify, isRunning, type ProcessIdentity } from '../../host/process-identity.ts'
import { treeOf } from './end-processes.ts'
import { hasTag, hostProcesses, processTable, readProc } from './process-table.ts'

export interface DescendantsOptions {
  root: ProcessIdentity
  /** The environment entry that what it starts inherits. */
  tag: string
  /** Path of its log: whoever else writes there by stdout or stderr got the descriptor from it. */
  log: string
}

/** The first look comes soon: what leaves a tree does so early. */
const FIRST_PAUSE_MS = 20
const GROWTH = 2
const LONGEST_PAUSE_MS = 2_000
/** A pause is at least so many times what a look took: that is what looking may cost. */
const SHARE = 200
const WRITABLE = 0o200
/** Other systems need a program to tell the tree, which is started when it is needed and not on end. */
const LOOKS_ALL_THE_TIME = process.platform === 'linux'

/**
 * What came of a process, remembered by pid and start time for as long as it runs: also when it has left the tree, the
 * group and the session, and has an environment of its own.
 */
export class Descendants {
  readonly #options: DescendantsOptions
  readonly #seen = new Map<number, ProcessIdentity>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: DescendantsOptions) {
    this.#options = options
    if (LOOKS_ALL_THE_TIME) this.#lookAfter(FIRST_PAUSE_MS)
  }

  /** The process itself, and what of the rest still runs. */
  get pids(): number[] {
    // A service may start a program for each request, all night long.
    for (const [pid, identity] of this.#seen) if (!isRunning(identity)) this.#seen.delete(pid)
    return [this.#options.root.pid, ...this.#seen.keys()]
  }

  /** Those of them that neither the tree nor the tag leads to any more. */
  strayed(): ProcessIdentity[] {
    const { root, tag } = this.#options
    if (process.platform !== 'linux' || this.#seen.size === 0) return []
    const tree = treeOf(root.pid, processTable([]))
    return [...this.#seen.values()].filter(
      (one) => isRunning(one) && !tree.has(one.pid) && !hasTag(one.pid, [tag]),
    )
  }

  /** Whether a process is the root or was seen to come of it. */
  has(pid: number): boolean {
    const { root } = this.#options
    if (pid === root.pid) return isRunning(root)
    const known = this.#seen.get(pid)
    return known !== undefined && isRunning(known)
  }

  /** As {@link has}, after a look at what it inherited. */
  async recognises(pid: number): Promise<boolean> {
    if (this.has(pid)) return true
    if (process.platform === 'win32') await this.#climb(pid)
    else this.look()
    if (this.#isWriter(pid)) this.#remember(pid)
    return this.has(pid)
  }

  /** Those that run on when the process itself is gone or was ended with its tree. */
  survivors(): number[] {
    if (process.platform === 'linux') {
      for (const { pid } of processTable([])) if (this.#isWriter(pid)) this.#remember(pid)
      this.follow()
    }
    return this.pids.filter((pid) => pid !== this.#options.root.pid)
  }

  /** Remembers all that is in the tree now. */
  look(): void {
    const { root, tag } = this.#options
    const table = processTable([tag])
    // Its number may be another process's by now.
    const isReused = !isRunning(root) && table.some(({ pid }) => pid === root.pid)
    const tree = isReused ? new Set<number>() : treeOf(root.pid, table)
    for (const { pid, tagged } of table) if (tagged || tree.has(pid)) this.#remember(pid)
    this.follow()
  }

  /** The way down from whatever is known already: cheaper than a look at all processes. Linux alone has it. */
  follow(): void {
    // The number of a root that is gone may be another process's by now.
    const waiting = this.pids.filter((pid) => this.has(pid))
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
      for (const child of childrenOf(pid)) {
        if (!this.has(child)) waiting.push(child)
        this.#remember(child)
      }
    }
  }

  /** Looks no more by itself; what was seen is known for good. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #lookAfter(pause: number): void {
    this.#timer = setTimeout(() => {
      const begun = performance.now()
      this.follow()
      const took = performance.now() - begun
      this.#lookAfter(Math.max(Math.min(pause * GROWTH, LONGEST_PAUSE_MS), took * SHARE))
    }, pause)
    this.#timer.unref()
  }

  /** Windows tells parents by a program that takes its time. */
  async #climb(from: number): Promise<void> {
    const parents = new Map((await hostProcesses()).map(({ pid, parent }) => [pid, parent]))
    const line: number[] = []
    for (let at: number | undefined = from; at !== undefined; at = parents.get(at)) {
      // A parent that is gone may have left its number to a descendant.
      if (line.includes(at)) return
      if (this.has(at)) return line.forEach((pid) => this.#remember(pid))
      line.push(at)
    }
  }

  #remember(pid: number): void {
    if (pid === this.#options.root.pid || this.has(pid)) return
    const identity = identify(pid)
    if (identity.start !== null) this.#seen.set(pid, identity)
  }

  #isWriter(pid: number): boolean {
    if (process.platform !== 'linux' || pid === process.pid) return false
    return writesTo(pid, realPath(this.#options.log))
  }
}

/** Whether stdout or stderr of a process is a file. Touches nothing but `/proc`. */
function writesTo(pid: number, file: string): boolean {
  return [1, 2].some((fd) => {
    try {
      const link = `/proc/${pid}/fd/${fd}`
      // The link's own mode tells how the file was opened.
      return (lstatSync(link).mode & WRITABLE) !== 0 && readlinkSync(link) === file
    } catch {
      // It is gone, or somebody else's.
      return false
    }
  })
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.flatMap((thread) =>
      readProc(`${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}
