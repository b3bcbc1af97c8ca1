const OFFSET = /(?:Z|([+-])(\d\d):(\d\d))$/
const MINUTE_MS = 60_000

/** A time as files carry it, so many seconds earlier, with the offset that it had; what is none stays as it is. */
export function shiftedTime(time: string, seconds: number): string {
  const at = Date.parse(time)
  const offset = OFFSET.exec(time)
  if (seconds === 0 || Number.isNaN(at) || offset === null) return time
  const [ending, sign, hours = '0', minutes = '0'] = offset
  const ahead = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS * (sign === '-' ? -1 : 1)
  const shifted = new Date(at - Math.round(seconds * 1_000) + ahead)
  return Number.isNaN(shifted.getTime()) ? time : `${shifted.toISOString().slice(0, -1)}${ending}`
}
