const MS_A_DAY = 86_400_000
/** Spreadsheets count days from 1899-12-30. */
const EPOCH_DAYS = 25_569
/** Before it, Excel counts a leap day that there was not. */
const FIRST_YEAR = 1901
const LAST_YEAR = 9_999
const DATE = /^(\d{4})-(\d\d)-(\d\d)T$/
const DATE_LENGTH = 11
const CLOCK = /^(\d\d):(\d\d):(\d\d(?:\.\d{1,9})?)/
/** Nearly all results of a session are of one day. */
let lastDay: { date: string; days: number | null } = { date: '', days: null }

/**
 * The clock time in an ISO time, as spreadsheets count: days, without a zone, so that a workbook shows the
 * time of the machine that ran. Null for what is no such time.
 */
export function serialTime(iso: string | null): number | null {
  if (iso === null) return null
  const date = iso.slice(0, DATE_LENGTH)
  if (date !== lastDay.date) lastDay = { date, days: daysOf(date) }
  const { days } = lastDay
  const [, hour, minute, second] = CLOCK.exec(iso.slice(DATE_LENGTH)) ?? []
  if (second === undefined || days === null) return null
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) >= 60) return null
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
  return days + seconds / 86_400
}

/** Of a date with the T behind it. */
function daysOf(date: string): number | null {
  const [, year, month, day] = DATE.exec(date) ?? []
  if (day === undefined || Number(year) < FIRST_YEAR || Number(year) > LAST_YEAR) return null
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  const isDate = midnight.getUTCMonth() === Number(month) - 1
  return isDate ? midnight.getTime() / MS_A_DAY + EPOCH_DAYS : null
}
