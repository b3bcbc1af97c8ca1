import { distribution } from '../../../src/metrics/distribution.ts'
import type { ScenarioResult } from '../../../src/events/index.ts'
import type { Timing } from './timings.ts'

/** Two medians of one number over the same requests. */
export interface Compared {
  key: string
  unit: 's' | '1/s'
  n: number
  ours: number
  theirs: number
  /** Median of what ours is more, request by request. */
  more: number
  isWithin: boolean
}

/** Medians are within this share, or so many seconds. */
const SHARE = 0.02
const SECONDS = 0.005

const KEYS = [
  ['ttft', 'ttft', 's'],
  ['e2el', 'e2el', 's'],
  ['tpot', 'tpot', 's'],
  ['decode_tps', 'decodeTps', '1/s'],
  ['prompt_tps', 'promptTps', '1/s'],
] as const

/** What rows say beside what the engine says of the same requests, for each number that both have. */
export function compare(rows: readonly ScenarioResult[], told: readonly Timing[]): Compared[] {
  return KEYS.flatMap(([key, theirKey, unit]) => {
    const pairs = rows.flatMap(({ metrics }, index) => {
      const [one, other] = [metrics[key], told[index]![theirKey]]
      return typeof one === 'number' && other !== null ? [[one, other] as const] : []
    })
    if (pairs.length === 0) return []
    const ours = median(pairs.map(([one]) => one))
    const theirs = median(pairs.map(([, other]) => other))
    const more = median(pairs.map(([one, other]) => one - other))
    const bound = Math.max(SHARE * theirs, unit === 's' ? SECONDS : 0)
    const isWithin = Math.abs(more) <= bound
    return [{ key, unit, n: pairs.length, ours, theirs, more, isWithin }]
  })
}

/** As a table of Markdown; times in ms. */
export function tableOf(all: readonly Compared[]): string {
  const rows = all.map(({ key, unit, n, ours, theirs, more }) => {
    const shown = (value: number): string => {
      return unit === 's' ? `${(value * 1_000).toFixed(2)} ms` : `${value.toFixed(2)} /s`
    }
    const share = `${((more / theirs) * 100).toFixed(2)} %`
    return `| ${key} | ${n} | ${shown(ours)} | ${shown(theirs)} | ${shown(more)} (${share}) |`
  })
  return ['| | n | jarvis | engine | more |', '|---|---|---|---|---|', ...rows].join('\n')
}

function median(values: readonly number[]): number {
  return distribution(values)!.median
}
