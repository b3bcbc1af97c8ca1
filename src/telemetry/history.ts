import {
  memoryInUse,
  type GpuProcess,
  type Sample,
  type TelemetryFlag,
  type Window,
} from './types.ts'

/** What is kept of a sample. */
interface Moment {
  at: number
  used: number | null
  /** The figure was as old as this when the sample was taken, or older. */
  stale: boolean
  throttled: boolean
  swap: number | null
  pids: readonly number[]
  /** The wall clock was set since the moment before. */
  jumped: boolean
}

/** Six hours of one a second: no scenario is longer. */
const MOST_MOMENTS = 21_600
/** The wall clock and the one that nobody sets may part by this much between two samples. */
const CLOCK_JUMP_MS = 1_000
/** Swap that grew by less is the system tidying up. */
const SWAP_GROWTH_BYTES = 64 * 1024 ** 2
/** Compositors and the like hold some memory on every desktop. */
const CONSIDERABLE_BYTES = 128 * 1024 ** 2

const NONE: readonly never[] = []

/** The samples of the last hours, for questions about spans of time. */
export class History {
  readonly #moments: Moment[] = []
  readonly #intervalMs: number
  #offset: number | null = null

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  /**
   * Takes a sample.
   *
   * @param clock - milliseconds of a clock that nobody sets
   */
  add(sample: Sample, processes: readonly GpuProcess[], clock: number): void {
    const offset = sample.at - clock
    const jumped = this.#offset !== null && Math.abs(offset - this.#offset) > CLOCK_JUMP_MS
    this.#offset = offset
    this.#moments.push({
      at: sample.at,
      used: memoryInUse(sample),
      stale: sample.stale,
      throttled: !sample.stale && sample.gpus.some(({ throttled }) => throttled === true),
      swap: sample.swapUsed,
      pids: processes.filter(isConsiderable).map(({ pid }) => pid),
      jumped,
    })
    // Rarely, so that it does not cost each sample a copy.
    if (this.#moments.length > MOST_MOMENTS * 1.1) {
      this.#moments.splice(0, this.#moments.length - MOST_MOMENTS)
    }
  }

  /** What was so from `from` to `to`, if that is not now. All in milliseconds since the epoch. */
  since(from: number, now: number, to = Infinity): Window {
    const begin = this.#indexAt(from, now)
    const before = this.#moments[begin - 1]
    const inForce = before && from - before.at <= this.#intervalMs * 2 ? before : undefined
    const end = this.#endOf(begin, to)
    // Most scenarios are shorter than the time between two samples.
    const moments = begin === end ? NONE : this.#moments.slice(begin, end)
    const own = peakOf(moments)
    return {
      peak: own ?? (inForce === undefined ? null : peakOf([inForce])),
      pids: begin === end ? NONE : [...new Set(moments.flatMap(({ pids }) => pids))],
      flags: begin === end ? NONE : flagsOf(moments, inForce),
    }
  }

  #endOf(begin: number, to: number): number {
    let end = begin
    while (end < this.#moments.length) {
      const { at, jumped } = this.#moments[end]!
      if (at > to && !jumped) break
      end += 1
    }
    return end
  }

  /** The first moment of a span. Where the clock was set within it, `from` is a time of the clock before. */
  #indexAt(from: number, now: number): number {
    const moments = this.#moments
    let end = moments.length
    let last = now + this.#intervalMs
    for (;;) {
      const start = startOfClock(moments, end)
      if (start === 0 || (from >= moments[start]!.at && from <= last)) {
        return firstFrom(moments, start, end, from)
      }
      last = moments[start - 1]!.at
      if (from > last) return start
      end = start
    }
  }
}

/** The first of the moments before `end` whose times are by the same setting of the clock. */
function startOfClock(moments: readonly Moment[], end: number): number {
  let start = end
  while (start > 0) {
    start -= 1
    if (moments[start]!.jumped) return start
  }
  return 0
}

function firstFrom(moments: readonly Moment[], start: number, end: number, from: number): number {
  let index = end
  while (index > start && moments[index - 1]!.at >= from) index -= 1
  return index
}

function peakOf(moments: readonly Moment[]): number | null {
  const known = moments.filter(({ stale }) => !stale)
  // One GPU that does not tell leaves the sum unknown for good, not for a moment.
  return known.reduce<number | null>(
    (peak, { used }) => (used === null ? peak : Math.max(peak ?? 0, used)),
    null,
  )
}

function flagsOf(moments: readonly Moment[], before: Moment | undefined): TelemetryFlag[] {
  const flags: TelemetryFlag[] = []
  if (moments.some(({ throttled }) => throttled)) flags.push('throttled')
  const swap = (before === undefined ? moments : [before, ...moments])
    .map((moment) => moment.swap)
    .filter((bytes) => bytes !== null)
  const grown = swap.length > 0 ? Math.max(...swap) - swap[0]! : 0
  if (grown > SWAP_GROWTH_BYTES) flags.push('swap_used')
  if (moments.some(({ jumped }) => jumped)) flags.push('clock_jump')
  return flags
}

/** Windows' display driver tells no process's memory and lists the whole desktop: that proves nothing. */
function isConsiderable({ pid, used }: GpuProcess): boolean {
  return used !== null && used >= CONSIDERABLE_BYTES && isHere(pid)
}

/** In a container the driver may name processes of other ones, by numbers that mean nothing here. */
function isHere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
