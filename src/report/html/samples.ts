import { type ReportedSample, readSamples } from '../session/index.ts'
import { MOST_SAMPLES } from './limits.ts'
import { short } from './spread.ts'
import type { PageSamples } from './types.ts'

interface Point {
  time: number
  vram: number | null
  ram: number
  cpu: number | null
}

/**
 * The machine over the run. Where there are more samples than a curve shows, neighbours become one point with the
 * highest of each value, so that no peak is lost. Null without a sample.
 */
export async function pageSamples(
  directory: string,
  origin: number | null,
): Promise<PageSamples | null> {
  let points: Point[] = []
  let vramTotal: number | null = null
  let together = 1
  let group: Point[] = []
  for await (const sample of readSamples(directory)) {
    const point = pointOf(sample, origin ?? Date.parse(sample.time))
    if (!Number.isFinite(point.time)) continue
    vramTotal = totalOf(sample) ?? vramTotal
    group.push(point)
    if (group.length < together) continue
    points.push(highest(group))
    group = []
    if (points.length < 2 * MOST_SAMPLES) continue
    points = halved(points)
    together *= 2
  }
  if (group.length > 0) points.push(highest(group))
  if (points.length > MOST_SAMPLES) points = halved(points)
  if (points.length === 0) return null
  return {
    time: points.map(({ time }) => time),
    vram: points.map(({ vram }) => vram),
    ram: points.map(({ ram }) => ram),
    cpu: points.map(({ cpu }) => cpu),
    vramTotal,
  }
}

function pointOf({ time, gpus, ramUsed, cpu }: ReportedSample, origin: number): Point {
  const used = gpus.map(({ vramUsed }) => vramUsed)
  const known = used.filter((value) => value !== null)
  const vram = known.length === 0 || known.length < used.length ? null : sum(known)
  return { time: (Date.parse(time) - origin) / 1_000, vram, ram: ramUsed, cpu }
}

function totalOf({ gpus }: ReportedSample): number | null {
  const known = gpus.map(({ vramTotal }) => vramTotal).filter((value) => value !== null)
  return known.length === 0 || known.length < gpus.length ? null : sum(known)
}

function halved(points: readonly Point[]): Point[] {
  const half: Point[] = []
  for (let at = 0; at < points.length; at += 2) half.push(highest(points.slice(at, at + 2)))
  return half
}

function highest(group: readonly Point[]): Point {
  const most = (values: (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null)
    return known.length === 0 ? null : Math.max(...known)
  }
  return {
    time: group[0]?.time ?? 0,
    vram: most(group.map(({ vram }) => vram)),
    ram: most(group.map(({ ram }) => ram)) ?? 0,
    cpu: most(group.map(({ cpu }) => cpu)),
  }
}

function sum(values: readonly number[]): number {
  return short(values.reduce((all, value) => all + value, 0))
}
