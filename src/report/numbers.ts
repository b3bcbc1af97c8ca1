import { metricOf } from '../metrics/index.ts'

const SIGNIFICANT = 3
/** Below this many seconds milliseconds are easier to read. */
const SHORT_S = 0.1

/** A number as a person reads it: three digits that say something, and no more zeros than needed. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return 'unknown'
  if (Math.abs(value) >= 100) return String(Math.round(value))
  return String(Number(value.toPrecision(SIGNIFICANT)))
}

/** A share as a percentage. */
export function formatShare(share: number): string {
  return `${formatNumber(share * 100)} %`
}

/** A change as a percentage with its sign. */
export function formatChange(relative: number): string {
  const percent = Math.abs(relative * 100)
  const digits = percent >= 10 ? String(Math.round(percent)) : String(Number(percent.toFixed(1)))
  const sign = digits === '0' ? '±' : relative < 0 ? '−' : '+'
  return `${sign}${digits} %`
}

/** A number with its unit, short times in milliseconds; `scale` is the largest of those that it stands beside. */
export function formatValue(value: number, unit: string, scale: number = value): string {
  const isShort = unit === 's' && Math.abs(scale) < SHORT_S && scale !== 0
  return isShort ? `${formatNumber(value * 1_000)} ms` : `${formatNumber(value)}${unitText(unit)}`
}

/** The same for the number of a metric. */
export function formatOf(key: string, value: number): string {
  return formatValue(value, key === 'duration' ? 's' : (metricOf(key)?.unit ?? ''))
}

/** The unit of the catalogue as it stands behind a number. */
function unitText(unit: string): string {
  if (unit === '1/s') return '/s'
  return unit === '1' || unit === '0–1' || unit === '' ? '' : ` ${unit}`
}
