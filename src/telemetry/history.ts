import { areNumbersOurs, isHere } from './listed-processes.ts'
import {
  memoryInUse,
  type GpuProcess,
  type OthersShare,
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
  /** Who held memory, where the driver's numbers of processes are those of this system. */
  holders: readonly GpuProcess[]
  /** The figures of the GPUs had come before, and ceased to. */
  isLost: boolean
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
const NOBODY = (): number => 0

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
  add(
    sample: Sample,
    processes: readonly GpuProcess[],
    { clock, isLost = false }: { clock: number; isLost?: boolean },
  ): void {
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
      holders: areNumbersOurs(processes) ? processes : NONE,
      isLost,
      jumped,
    })
    // Rarely, so that it does not cost each sample a copy.
    if (this.#moments.length > MOST_MOMENTS * 1.1) {
      this.#moments.splice(0, this.#moments.length - MOST_MOMENTS)
    }
  }

  /** What was so from `from` to `to`, if that is not now. All in milliseconds since the epoch. */
  since(
    from: number,
    now: number,
    {
      to = Infinity,
      others = NOBODY,
    }: { to?: number | undefined; others?: OthersShare | undefined } = {},
  ): Window {
    const begin = this.#indexAt(from, now)
    const before = this.#moments[begin - 1]
    const inForce = before && from - before.at <= this.#intervalMs * 2 ? before : undefined
    const end = this.#endOf(begin, to)
    // Most scenarios are shorter than the time between two samples.
    const moments = begin === end ? NONE : this.#moments.slice(begin, end)
    const own = peakOf(moments, others)
    return {
      peak: own ?? (inForce === undefined ? null : peakOf([inForce], others)),
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

function peakOf(moments: readonly Moment[], others: OthersShare): number | null {
  const known = moments.filter(({ stale }) => !stale)
  // One GPU that does not tell leaves the sum unknown for good, not for a moment.
  return known.reduce<number | null>((peak, { used, holders, at }) => {
    if (used === null) return peak
    return Math.max(peak ?? 0, used - (holders.length === 0 ? 0 : others(holders, { used, at })))
  }, null)
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
  if (moments.some(({ isLost }) => isLost)) flags.push('no_gpu_figures')
  return flags
}

/** Windows' display driver tells no process's memory and lists the whole desktop: that proves nothing. */
function isConsiderable({ pid, used }: GpuProcess): boolean {
  const isLarge = used === null ? process.platform !== 'win32' : used >= CONSIDERABLE_BYTES
  return isLarge && isHere(pid)
}
