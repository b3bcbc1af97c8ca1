const MINUTE = 60
const HOUR = 3_600
/** Below this many seconds tenths are of interest. */
const TENTHS_BELOW = 100

/** A clock that runs: `0:07`, `12:34`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(whole / HOUR)
  const minutes = Math.floor((whole % HOUR) / MINUTE)
  if (hours === 0) return `${minutes}:${two(whole % MINUTE)}`
  return `${hours}:${two(minutes)}:${two(whole % MINUTE)}`
}

/** How long something took: `3.1s`, `12:34`. */
export function duration(seconds: number): string {
  return seconds < TENTHS_BELOW ? `${seconds.toFixed(1)}s` : clock(seconds)
}

/** Memory in GB: `1.4`. */
export function gigabytes(value: number): string {
  return value.toFixed(1)
}

/** Memory of GB with its unit: `60 MB`, `1.4 GB`. */
export function memory(value: number): string {
  const tens = Math.round(value * 100)
  return tens < 100 ? `${tens * 10} MB` : `${gigabytes(value)} GB`
}

/** A share from 0 to 1: `12%`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}
