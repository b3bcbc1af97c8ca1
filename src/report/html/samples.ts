import type { ReportedSample } from '../session/index.ts'
import { MOST_SAMPLES } from './limits.ts'
import { short } from './spread.ts'
import type { PageSamples } from './types.ts'

/** The machine at one moment, or over the time of several samples; milliseconds since the epoch. */
interface Point {
  from: number
  to: number
  vram: number | null
  ram: number | null
  cpu: number | null
}

/** Samples that lie further apart than so many of their intervals are not joined by a line. */
const INTERVALS_APART = 3
/** Seconds between two samples where they do not tell. */
const USUAL_INTERVAL_S = 1

/**
 * The machine over the run. Where there are more samples than a curve shows, neighbours become one point with the
 * highest of each value, so that no peak is lost. A time without samples is a point without values, and what a GPU
 * was not heard of is no value: there a curve breaks off. Null without a sample.
 */
export class MachineCurve {
  readonly #curve = new Curve()
  #vramTotal: number | null = null
  isEmpty = true

  add(sample: ReportedSample): void {
    const point = pointOf(sample)
    if (!Number.isFinite(point.from)) return
    this.isEmpty = false
    this.#vramTotal = totalOf(sample) ?? this.#vramTotal
    this.#curve.add(point, sample.interval ?? USUAL_INTERVAL_S)
  }

  /** Times in seconds from `origin`, in milliseconds since the epoch; without one from the first sample. */
  result(origin: number | null): PageSamples | null {
    const points = this.#curve.points()
    const [first] = points
    if (first === undefined) return null
    const start = origin ?? first.from
    return {
      time: points.map(({ from, isGap }) => {
        const seconds = (from - start) / MS
        return isGap ? short(seconds) : seconds
      }),
      vram: points.map(({ vram }) => vram),
      ram: points.map(({ ram }) => ram),
      cpu: points.map(({ cpu }) => cpu),
      vramTotal: this.#vramTotal,
    }
  }
}

const MS = 1_000
const NOTHING = { vram: null, ram: null, cpu: null }

/** Points that become fewer as there are more of them. */
class Curve {
  #points: Point[] = []
  #group: Point[] = []
  /** So many samples make a point. */
  #together = 1
  #interval = USUAL_INTERVAL_S

  add(point: Point, interval: number): void {
    this.#interval = interval
    const last = this.#group.at(-1)
    if (last !== undefined && this.#areApart(last, point)) this.#closeGroup()
    this.#group.push(point)
    if (this.#group.length >= this.#together) this.#closeGroup()
    while (this.#points.length >= 2 * MOST_SAMPLES) this.#halve()
  }

  /** Those with values, and between two that lie apart one without. */
  points(): (Point & { isGap?: true })[] {
    this.#closeGroup()
    while (this.#points.length > MOST_SAMPLES) this.#halve()
    return this.#points.flatMap((point, index) => {
      const before = this.#points[index - 1]
      if (before === undefined || !this.#areApart(before, point)) return [point]
      const middle = (before.to + point.from) / 2
      return [{ from: middle, to: middle, ...NOTHING, isGap: true as const }, point]
    })
  }

  #closeGroup(): void {
    if (this.#group.length > 0) this.#points.push(highest(this.#group))
    this.#group = []
  }

  #halve(): void {
    const half: Point[] = []
    for (let at = 0; at < this.#points.length;) {
      const [point, next] = [this.#points[at]!, this.#points[at + 1]]
      const isPair = next !== undefined && !this.#areApart(point, next)
      half.push(isPair ? highest([point, next]) : point)
      at += isPair ? 2 : 1
    }
    this.#points = half
    this.#together *= 2
  }

  #areApart(before: Point, after: Point): boolean {
    return after.from - before.to > INTERVALS_APART * this.#interval * this.#together * MS
  }
}

function pointOf(sample: ReportedSample): Point {
  const { gpus, stale, ramUsed: ram, cpu } = sample
  const used = gpus.map(({ vramUsed }) => (stale ? null : vramUsed))
  const known = used.filter((value) => value !== null)
  const vram = known.length === 0 || known.length < used.length ? null : sum(known)
  const time = Date.parse(sample.time)
  return { from: time, to: time, vram, ram, cpu }
}

function totalOf({ gpus }: ReportedSample): number | null {
  const known = gpus.map(({ vramTotal }) => vramTotal).filter((value) => value !== null)
  return known.length === 0 || known.length < gpus.length ? null : sum(known)
}

function highest(group: readonly Point[]): Point {
  const most = (values: (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null)
    return known.length === 0 ? null : Math.max(...known)
  }
  return {
    from: group[0]?.from ?? 0,
    to: group.at(-1)?.to ?? 0,
    vram: most(group.map(({ vram }) => vram)),
    ram: most(group.map(({ ram }) => ram)),
    cpu: most(group.map(({ cpu }) => cpu)),
  }
}

function sum(values: readonly number[]): number {
  return short(values.reduce((all, value) => all + value, 0))
}
