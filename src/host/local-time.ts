const two = (value: number): string => String(value).padStart(2, '0')

let last = { time: Number.NaN, offset: 0, text: '' }

/** Local time with milliseconds and offset, as files carry it: `2026-02-16T23:12:05.123+01:00`. */
export function localIso(date: Date): string {
  const time = date.getTime()
  const offset = -date.getTimezoneOffset()
  // Events come in bursts, many within a millisecond.
  if (time !== last.time || offset !== last.offset)
    last = { time, offset, text: format(date, offset) }
  return last.text
}

function format(date: Date, offset: number): string {
  const sign = offset < 0 ? '-' : '+'
  const hours = two(Math.floor(Math.abs(offset) / 60))
  const minutes = two(Math.abs(offset) % 60)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0')
  return `${day}T${localClock(date)}.${milliseconds}${sign}${hours}:${minutes}`
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
