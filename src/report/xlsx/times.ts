const MS_A_DAY = 86_400_000
/** Spreadsheets count days from 1899-12-30. */
const EPOCH_DAYS = 25_569
/** Before it, Excel counts a leap day that there was not. */
const FIRST_YEAR = 1901
const LAST_YEAR = 9_999
const LOCAL_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d(?:\.\d{1,9})?)/

/**
 * The clock time in an ISO time, as spreadsheets count: days, without a zone, so that a workbook shows the
 * time of the machine that ran. Null for what is no such time.
 */
export function serialTime(iso: string | null): number | null {
  const [, year, month, day, hour, minute, second] = LOCAL_TIME.exec(iso ?? '') ?? []
  if (second === undefined || Number(year) < FIRST_YEAR || Number(year) > LAST_YEAR) return null
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  const isDate = midnight.getUTCMonth() === Number(month) - 1
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
  if (!isDate || Number(hour) > 23 || Number(minute) > 59 || Number(second) >= 60) return null
  return midnight.getTime() / MS_A_DAY + EPOCH_DAYS + seconds / 86_400
}
