import { readFile } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'

/** Processor and memory at one moment. Memory in bytes. */
export interface HostReading {
  /** Share of all cores since a reading before, 0 to 1; null for the first, and for one that follows too soon. */
  cpu: number | null
  ramUsed: number
  ramTotal: number
  /** Null where the system does not tell without a process of its own. */
  swapUsed: number | null
}

interface Times {
  busy: number
  all: number
}

const KB = 1_024
/** The kernel counts in ticks of 10 ms: a shorter time says busy or idle, never how busy. */
const LEAST_MS = 200

/** Reads processor and memory; `/proc` off the event loop on Linux, Node's own figures elsewhere. */
export class HostSource {
  readonly #root: string
  readonly #leastMs: number
  #last: (Times & { at: number }) | null = null

  /**
   * @param root - where the kernel tells of itself; @default '/proc'
   * @param leastMs - between two readings for a share
   */
  constructor(root = '/proc', leastMs = LEAST_MS) {
    this.#root = root
    this.#leastMs = leastMs
  }

  /** Never rejects. */
  async read(): Promise<HostReading> {
    const [stat, memory] = await Promise.all([this.#text('stat'), this.#text('meminfo')])
    const cpu = this.#share(statTimes(stat) ?? nodeTimes())
    return { cpu, ...(parseMemory(memory) ?? nodeMemory()) }
  }

  #share(times: Times): number | null {
    const [last, at] = [this.#last, performance.now()]
    if (last !== null && at - last.at < this.#leastMs) return null
    this.#last = { ...times, at }
    const passed = last === null ? 0 : times.all - last.all
    return last === null || passed <= 0 ? null : share((times.busy - last.busy) / passed)
  }

  async #text(name: string): Promise<string> {
    if (process.platform !== 'linux') return ''
    return readFile(`${this.#root}/${name}`, 'latin1').catch(() => '')
  }
}

/** The first line of `/proc/stat`: user nice system idle iowait irq softirq steal, in ticks. */
function statTimes(text: string): Times | null {
  const numbers = /^cpu +(\d[\d ]*)/.exec(text)?.[1]?.trim().split(/ +/).map(Number)
  if (numbers === undefined || numbers.length < 4) return null
  const counted = numbers.slice(0, 8)
  const all = counted.reduce((sum, ticks) => sum + ticks, 0)
  return { all, busy: all - counted[3]! - (counted[4] ?? 0) }
}

function nodeTimes(): Times {
  const total: Times = { busy: 0, all: 0 }
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq
    total.all += all
    total.busy += all - times.idle
  }
  return total
}

function parseMemory(text: string): Omit<HostReading, 'cpu'> | null {
  const bytes = (name: string): number | null => {
    const found = new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1]
    return found === undefined ? null : Number(found) * KB
  }
  const total = bytes('MemTotal')
  const available = bytes('MemAvailable')
  if (total === null || available === null) return null
  const swap = bytes('SwapTotal')
  const swapFree = bytes('SwapFree')
  const swapUsed = swap === null || swapFree === null ? null : swap - swapFree
  return { ramTotal: total, ramUsed: total - available, swapUsed }
}

function nodeMemory(): Omit<HostReading, 'cpu'> {
  const ramTotal = totalmem()
  return { ramTotal, ramUsed: ramTotal - freemem(), swapUsed: null }
}

const share = (value: number): number => Math.min(Math.max(value, 0), 1)
