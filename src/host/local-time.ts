const two = (value: number): string => String(value).padStart(2, '0')

let last = { second: Number.NaN, offset: 0, before: '', after: '' }

/** Local time with milliseconds and offset, as files carry it: `2026-02-16T23:12:05.123+01:00`. */
export function localIso(date: Date): string {
  const offset = -date.getTimezoneOffset()
  const second = Math.floor(date.getTime() / 1_000)
  // Events come in bursts, hundreds within a second.
  if (second !== last.second || offset !== last.offset) last = partsOf(date, second, offset)
  const milliseconds = date.getMilliseconds()
  const zeros = milliseconds < 10 ? '00' : milliseconds < 100 ? '0' : ''
  return `${last.before}${zeros}${milliseconds}${last.after}`
}

function partsOf(date: Date, second: number, offset: number): typeof last {
  const sign = offset < 0 ? '-' : '+'
  const hours = two(Math.floor(Math.abs(offset) / 60))
  const minutes = two(Math.abs(offset) % 60)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const before = `${day}T${localClock(date)}.`
  return { second, offset, before, after: `${sign}${hours}:${minutes}` }
}

/** Local time of day: `23:12:05`. */
export function localClock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** Local time as it stands in file names: `20260216_231205`. */
export function localStamp(date: Date): string {
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`
  return `${day}_${localClock(date).replaceAll(':', '')}`
}
