import { type ReportedSample, readSamples } from '../session/index.ts'
import { MOST_SAMPLES } from './limits.ts'
import { short } from './spread.ts'
import type { PageSamples } from './types.ts'

/** The machine at one moment, or over the time of several samples; seconds from the run's start. */
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
export async function pageSamples(
  directory: string,
  origin: number | null,
): Promise<PageSamples | null> {
  const curve = new Curve()
  let vramTotal: number | null = null
  for await (const sample of readSamples(directory)) {
    const point = pointOf(sample, origin ?? Date.parse(sample.time))
    if (!Number.isFinite(point.from)) continue
    vramTotal = totalOf(sample) ?? vramTotal
    curve.add(point, sample.interval ?? USUAL_INTERVAL_S)
  }
  const points = curve.points()
  if (points.length === 0) return null
  return {
    time: points.map(({ from }) => from),
    vram: points.map(({ vram }) => vram),
    ram: points.map(({ ram }) => ram),
    cpu: points.map(({ cpu }) => cpu),
    vramTotal,
  }
}

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
  points(): Point[] {
    this.#closeGroup()
    while (this.#points.length > MOST_SAMPLES) this.#halve()
    return this.#points.flatMap((point, index) => {
      const before = this.#points[index - 1]
      if (before === undefined || !this.#areApart(before, point)) return [point]
      const middle = short((before.to + point.from) / 2)
      return [{ from: middle, to: middle, vram: null, ram: null, cpu: null }, point]
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
    return after.from - before.to > INTERVALS_APART * this.#interval * this.#together
  }
}

function pointOf(sample: ReportedSample, origin: number): Point {
  const { gpus, stale, ramUsed: ram, cpu } = sample
  const used = gpus.map(({ vramUsed }) => (stale ? null : vramUsed))
  const known = used.filter((value) => value !== null)
  const vram = known.length === 0 || known.length < used.length ? null : sum(known)
  const time = (Date.parse(sample.time) - origin) / 1_000
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
