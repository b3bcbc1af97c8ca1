import { ERROR_COUNTS } from '../../metrics/error-counts.ts'
import { metricOf, run } from './data.ts'

/** In the place of what is not known. */
export const NOTHING = '–'
/** Before a number that is not to be relied on. */
export const DOUBTFUL_MARK = '≈ '

/** A number with about three digits that say something. */
export function number(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING
  const size = Math.abs(value)
  if (size >= 1e9) return value.toExponential(1)
  if (size >= 1_000) return Math.round(value).toLocaleString('en')
  if (size >= 100 || Number.isInteger(value)) return value.toFixed(0)
  if (size >= 10) return value.toFixed(1)
  if (size >= 1 || value === 0) return value.toFixed(2)
  if (size >= 0.001) return value.toFixed(3)
  return value.toExponential(1)
}

/** Seconds as a person says them. */
export function seconds(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING
  if (value < 0.9995)
    return `${value < 0.01 ? number(value * 1_000) : (value * 1_000).toFixed(0)} ms`
  if (value < 10) return `${value.toFixed(2)} s`
  if (value < 60) return `${value.toFixed(1)} s`
  if (value < 3_600) return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`
  if (value >= 3.6e7) return `${number(value / 3_600)} h`
  return `${Math.floor(value / 3_600)} h ${Math.floor((value % 3_600) / 60)} min`
}

export function gigabytes(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : `${value.toFixed(2)} GB`
}

export function bytes(value: number | null): string {
  if (value === null) return ''
  if (value < 1_000) return `${value} B`
  if (value < 1_000_000) return `${(value / 1_000).toFixed(0)} kB`
  return `${(value / 1_000_000).toFixed(1)} MB`
}

const RATIOS = new Set([...Object.keys(ERROR_COUNTS), 'match'])

/** A value of a metric with its unit. */
export function measured(key: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING
  if (RATIOS.has(key)) return `${(value * 100).toFixed(Math.abs(value) < 0.1 ? 1 : 0)} %`
  const { unit } = metricOf(key)
  if (unit === 's') return seconds(value)
  if (unit === 'GB') return gigabytes(value)
  return `${number(value)}${suffix(key, unit)}`
}

/** What the numbers of an axis are. */
export function axisUnit(key: string): string {
  const { unit } = metricOf(key)
  if (RATIOS.has(key)) return '%'
  return unit === '1' || unit === '0–1' ? '' : suffix(key, unit).trim()
}

/** A value as an axis has it. */
export function onAxis(key: string, value: number): number {
  return RATIOS.has(key) ? value * 100 : value
}

/** Which way is better, in words; empty where neither is. */
export function direction(key: string): string {
  const { better } = metricOf(key)
  return better === null ? '' : `${better} is better`
}

/** The moment that many seconds after the origin, as the clock of the run's machine showed it. */
export function clockDate(after: number): Date {
  const origin = run.origin ?? ''
  return new Date(Date.parse(origin) + offsetOf(origin) + after * 1_000)
}

/** Seconds from the origin to a moment. */
export function sinceOrigin(time: string | null): number | null {
  if (time === null || run.origin === null) return null
  const at = (Date.parse(time) - Date.parse(run.origin)) / 1_000
  return Number.isFinite(at) ? at : null
}

/** `2026-02-16T23:12:05.123+01:00` as `2026-02-16 23:12:05`. */
export function localTime(time: string | null): string {
  return time === null ? NOTHING : time.slice(0, 19).replace('T', ' ')
}

/** Its time of day with milliseconds. */
export function clock(time: string | null): string {
  return time === null ? NOTHING : time.slice(11, 23)
}

/** A long name that still shows its beginning and its end. */
export function middle(text: string, most: number): string {
  if (text.length <= most) return text
  const end = Math.floor((most - 1) / 2)
  return `${text.slice(0, most - 1 - end)}…${text.slice(-end)}`
}

/** A model without its engine, the folder of its maker and its flags. */
export function shortModel(model: string): string {
  return model
    .replace(/^[a-z]+:\/\//u, '')
    .replace(/#.*$/u, '')
    .replace(/^.*\//u, '')
}

function suffix(key: string, unit: string): string {
  if (unit === '1/s') return key.endsWith('tps') ? ' tok/s' : '/s'
  if (unit === '1' || unit === '0–1' || unit === '' || unit === 'tokens') return ''
  return ` ${unit}`
}

function offsetOf(time: string): number {
  const found = /([+-])(\d\d):(\d\d)$/u.exec(time)
  if (found === null) return 0
  const minutes = Number(found[2]) * 60 + Number(found[3])
  return (found[1] === '-' ? -1 : 1) * minutes * 60_000
}
