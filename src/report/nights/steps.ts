import { studentChance, studentQuantile } from '../../metrics/student-t.ts'
import { moderated, type Noise } from './noise.ts'
import { outliersOf, spreadOf } from './outliers.ts'

/** The nights of one number of one loadout, as levels that can be subtracted from each other. */
export interface NightSeries {
  /** Series of one group have noise of one kind: their variances tell of each other. */
  group: string
  /** Nights before those that are asked about, oldest first. */
  before: readonly number[]
  /** Where there are too few before: others of the same kind by which the noise is known, but not the level. */
  spread?: readonly number[]
  /** Nights that are asked about, the newest last; the last three count. */
  now: readonly number[]
  /** Whether those of `now` that a shorter window leaves out are of the same kind as the nights before. */
  isSameKind: boolean
  /** The least that the noise can be, for the number is told no finer; a standard deviation. */
  least: number
}

/** What the newest nights of a series are beside those before them. */
export interface Step {
  /** How many of the newest nights are taken together. */
  window: number
  /** How many nights before them it was held against, and how many of those were left out as outliers. */
  before: number
  outliers: number
  /** Mean of the newest nights. */
  level: number
  /** The newest nights less those before, in the unit of the levels. */
  size: number
  /** Of `size`. */
  error: number
  /** Standard deviation of a night. */
  noise: number
  degreesOfFreedom: number
  t: number
  /** Two-sided. */
  p: number
}

/** Nights before are known from so many of the newest ones. */
export const MOST_BEFORE = 14
/** Of fewer nights the spread is not known well enough to say anything. */
export const FEWEST_BEFORE = 5
/** A step is looked for in so many of the newest nights. */
export const MOST_WINDOW = 3
/** How the chance of a false alarm is shared out among windows of 1, 2 and 3 nights; the long one sees most. */
const SHARES: readonly (readonly number[])[] = [[], [1], [0.4, 0.6], [0.2, 0.3, 0.5]]
/** So much of a step over several nights has to be seen in the newest of them. */
const PART_OF_NEWEST = 1 / 3
const LEVEL = 0.95

/** The steps of each series by their window, 1 night first; none where there are too few nights before. */
export function stepsOf(series: readonly (NightSeries | null)[]): Step[][] {
  const steps: Step[][] = series.map(() => [])
  for (let window = 1; window <= MOST_WINDOW; window += 1) {
    const cuts = series.map((one) => one && cutOf(one, window))
    const judged = cuts.flatMap((cut, at) => (cut === null ? [] : [{ cut, at }]))
    for (const [, alike] of Map.groupBy(judged, ({ at }) => series[at]?.group)) {
      const noises = moderated(alike.map(({ cut }) => cut.noise))
      for (const [index, { cut, at }] of alike.entries()) {
        const noise = noises[index] ?? cut.noise
        steps[at]?.push(stepOf(cut, window, noise, series[at]?.least ?? 0))
      }
    }
  }
  return steps
}

/** The chance that a series as quiet as before has a step like the strongest of these, in any window. */
export function chanceOf(steps: readonly Step[]): number {
  const best = strongestOf(steps)
  return best === null ? 1 : Math.min(1, weighed(best, steps.length))
}

/** The step that chance explains least, of those that the newest night has a part in. */
export function strongestOf(steps: readonly Step[]): Step | null {
  const [newest] = steps
  const lasting = steps.filter((step) => step === newest || lasts(step, newest))
  const sorted = lasting.toSorted((a, b) => weighed(a, steps.length) - weighed(b, steps.length))
  return sorted[0] ?? null
}

/** One night that was far off makes the mean of the newest three far off, and is over all the same. */
function lasts({ size }: Step, newest: Step | undefined): boolean {
  return newest !== undefined && newest.size / size >= PART_OF_NEWEST
}

/** Student's 95 % interval of a step. */
export function intervalOf({ size, error, degreesOfFreedom }: Step): { low: number; high: number } {
  const margin = studentQuantile((1 + LEVEL) / 2, degreesOfFreedom) * error
  return { low: size - margin, high: size + margin }
}

/** The share of the chance of a false alarm that a window has, of so many windows. */
export function windowShare(windows: number, window: number): number {
  return SHARES[windows]?.[window - 1] ?? 1 / MOST_WINDOW
}

interface Cut {
  mean: number
  now: number
  n: number
  outliers: number
  noise: Noise
}

function cutOf(series: NightSeries, window: number): Cut | null {
  const { before, spread = [], now, isSameKind } = series
  if (now.length < window) return null
  const rest = isSameKind ? now.slice(0, -window) : []
  const nights = [...before, ...rest].slice(-MOST_BEFORE)
  const outliers = new Set(outliersOf(nights))
  const usual = nights.filter((_, at) => !outliers.has(at))
  const far = new Set(outliersOf(spread))
  const others = spread.filter((_, at) => !far.has(at)).slice(-MOST_BEFORE)
  const known = usual.length < FEWEST_BEFORE ? others : usual
  if (usual.length === 0 || known.length < FEWEST_BEFORE) return null
  const { mean } = spreadOf(usual)
  const { deviation } = spreadOf(known)
  const noise = { variance: deviation ** 2, degreesOfFreedom: known.length - 1 }
  const newest = spreadOf(now.slice(-window)).mean
  return { mean, now: newest, n: usual.length, outliers: outliers.size, noise }
}

/**
 * Student's t of the mean of new observations against a sample (the prediction interval of Hahn and Meeker 1991,
 * "Statistical Intervals", 4.8), with the moderated variance.
 */
function stepOf(cut: Cut, window: number, noise: Noise, least: number): Step {
  const size = cut.now - cut.mean
  const deviation = Math.max(Math.sqrt(noise.variance), least)
  const error = deviation * Math.sqrt(1 / window + 1 / cut.n)
  const { degreesOfFreedom } = noise
  const t = error > 0 ? size / error : size === 0 ? 0 : Math.sign(size) * Infinity
  const p = Number.isFinite(t) ? 2 * studentChance(-Math.abs(t), degreesOfFreedom) : 0
  const { n: before, outliers, now: level } = cut
  return { window, before, outliers, level, size, error, noise: deviation, degreesOfFreedom, t, p }
}

function weighed({ p, window }: Step, windows: number): number {
  return p / windowShare(windows, window)
}
