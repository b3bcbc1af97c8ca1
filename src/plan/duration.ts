/** Seconds of each unit. */
const UNITS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  min: 60,
  m: 60,
  h: 3_600,
  d: 86_400,
}
const PART = /(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)/g

/** `30s`, `10m`, `1h30m`, `1.5 h`, `500ms`. */
export const DURATION: RegExp = /^\s*(?:\d+(?:\.\d+)?\s*(?:ms|s|min|m|h|d)\s*)+$/

/** The seconds that are stated as a number, 0 or more, or as a duration; null where it is neither. */
export function statedSeconds(text: string): number | null {
  const value = secondsOf(text) ?? (text.trim() === '' ? Number.NaN : Number(text))
  return Number.isFinite(value) && value >= 0 ? value : null
}

/** The seconds of a duration with units; null where it is none. */
export function secondsOf(text: string): number | null {
  if (!DURATION.test(text)) return null
  const parts = [...text.matchAll(PART)]
  const sum = parts.reduce((total, [, count, unit]) => total + Number(count) * UNITS[unit!]!, 0)
  // A thousandth has no exact number of the machine's.
  return Math.round(sum * 1e6) / 1e6
}
