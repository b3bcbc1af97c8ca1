const KIB = 1024
/** Engines mean powers of 1024, also where they write MB or GB. */
const UNITS: Record<string, number> = {
  B: 1,
  K: KIB,
  M: KIB ** 2,
  G: KIB ** 3,
  T: KIB ** 4,
}
const SIZE = /^\s*(-?\d[\d,]*(?:\.\d+)?)\s*([BKMGT])i?B?\s*$/

/** Bytes of `3.1 GiB`, `22.5 MiB`, `0 B`, `4095.05 MB`; null for anything else. */
export function bytesOf(text: string): number | null {
  const [, number = '', unit = ''] = SIZE.exec(text) ?? []
  if (unit === '') return null
  return bytesIn(number, unit)
}

/** Bytes of a number as a log has it, in a unit whose first letter is given. */
export function bytesIn(number: string, unit: string): number | null {
  const value = Number(number.replaceAll(',', ''))
  const factor = UNITS[unit]
  if (!Number.isFinite(value) || factor === undefined) return null
  const bytes = Math.round(value * factor)
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** A whole number, `32,768` included; null where it is none. */
export function countOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const value = Number(text.replaceAll(',', ''))
  return Number.isSafeInteger(value) && value >= 0 ? value : null
}
