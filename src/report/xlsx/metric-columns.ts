import { own } from '../../host/own.ts'
import { ERROR_COUNTS } from '../../metrics/error-counts.ts'
import { metrics as catalogue } from '../../metrics/index.ts'
import { doubtsOf } from '../doubts.ts'
import { isSpeed } from '../../metrics/speed-keys.ts'
import type { ReportedResult } from '../session/index.ts'
import { type Column, column, type ColumnNumbers } from './columns.ts'
import type { Sheet } from './sheet.ts'
import type { NumberFormat, Styles } from './styles.ts'
import { type DomainSurvey, domainTally } from './survey.ts'
import { overall, type Tally } from './tally.ts'
import { describe, formatOf, noteOf, titleWithUnit } from './units.ts'

/** Counted errors are a column each, so that a total can pool them. */
const ERROR_KINDS = ['S', 'D', 'I', 'H'] as const
/** Numbers of a list that a cell shows. */
const LISTED = 20
/** What stands below a column of speeds. */
const OF_SPEED =
  'nothing, as short and long replies are no measure of each other; how loadouts rank is in the Summary.'
const VRAM_KEYS = ['vram_prior', 'vram_loaded', 'vram_peak'] as const
const SUMMED = new Set(['prompt_tokens', 'output_tokens', 'audio_seconds'])

/** A total of a column: its formula, what it gives now, and how a note says it. */
interface Total {
  words: string
  formula: (sheet: Sheet, at: number, columns: ColumnNumbers) => string | null
  value: number | null
}

/** A column for each metric that results have: numbers in the order of the catalogue, own measures, texts, lists. */
export function metricColumns(survey: DomainSurvey, styles: Styles): Column[] {
  const tally = domainTally(survey)
  const known = catalogue.map(({ key }) => key).filter((key) => survey.metrics.has(key))
  const others = [...survey.metrics.keys()].filter((key) => !known.includes(key))
  const keys = [...known, ...others]
  const counted = new Set(Object.values(ERROR_COUNTS))
  const of = (kind: string): string[] =>
    keys.filter((key) => survey.metrics.get(key) === kind && !counted.has(key))
  return [
    ...of('number').map((key) => numberColumn(key, survey, tally, styles)),
    ...vramColumns(survey, tally, styles),
    ...keys.filter((key) => counted.has(key)).flatMap((key) => countColumns(key, tally, styles)),
    ...of('text').map((key) => textColumn(key, survey, styles)),
    ...of('list').map((key) => textColumn(key, survey, styles)),
  ]
}

function numberColumn(key: string, survey: DomainSurvey, tally: Tally, styles: Styles): Column {
  const described = describe(key, survey.own)
  const format = formatOf(described.unit)
  const isTimed = isSpeed(key, described)
  const total = isTimed ? null : totalOf(key, survey, tally)
  return column({
    key,
    title: titleWithUnit(described),
    width: Math.max(10, Math.min(18, described.title.length + 3)),
    align: 'right',
    note: noteOf(
      described,
      total?.words ?? (isTimed ? OF_SPEED : null),
      survey.derived.has(key),
      survey.doubtful.has(key),
    ),
    // Of rows of different scenarios the fast one is the short one.
    better: isTimed ? null : described.better,
    write: (sheet, at, result) => writeValue(sheet, at, result, key, format, styles),
    ...(total === null ? {} : { total: totalCell(total, styles.total[format]) }),
  })
}

function writeValue(
  sheet: Sheet,
  at: number,
  { metrics, derived, flags }: ReportedResult,
  key: string,
  format: NumberFormat,
  styles: Styles,
): void {
  const value = metrics[key]
  if (typeof value === 'number') {
    const isDerived = derived.length > 0 && derived.includes(key)
    const isDoubtful = flags.length > 0 && doubtsOf(key, flags).length > 0
    const plain = isDerived ? styles.derived : styles.numbers
    sheet.number(at, value, format, isDoubtful ? styles.doubtful : plain)
  } else if (typeof value === 'string') sheet.text(at, value)
  else if (Array.isArray(value)) sheet.text(at, listText(value))
}

function totalOf(key: string, survey: DomainSurvey, tally: Tally): Total | null {
  const sum = tally.sums.get(key)
  const counts = own(ERROR_COUNTS, key)
  if (counts !== undefined)
    return survey.metrics.has(counts) ? pooled(counts, overall(tally, key)) : null
  if (SUMMED.has(key)) return subtotal(109, 'sum of what the filter shows.', sum?.sum ?? null)
  return subtotal(101, 'mean of what the filter shows.', overall(tally, key))
}

function subtotal(operation: number, words: string, value: number | null): Total {
  return {
    words,
    value,
    formula: (sheet, at) => `IFERROR(SUBTOTAL(${operation},${sheet.range(at)}),"")`,
  }
}

function pooled(counts: string, value: number | null): Total {
  return {
    words:
      'errors of what the filter shows, over its words or characters: not the mean of the rates.',
    value,
    formula: (sheet, _, columns) => {
      const sums = ERROR_KINDS.map((kind) => {
        const range = sheet.range(columns.get(`${counts} ${kind}`) ?? -1)
        return `SUBTOTAL(109,${range})`
      })
      const [s, d, i, h] = sums
      return `IFERROR((${s}+${d}+${i})/(${s}+${d}+${h}),"")`
    },
  }
}

function totalCell({ formula, value }: Total, style: number): NonNullable<Column['total']> {
  return (sheet, at, columns) => {
    const text = formula(sheet, at, columns)
    if (text === null) sheet.blank(at, style)
    else sheet.formula(at, text, value, style)
  }
}

/** Errors of words are `WER S`, `WER D`, `WER I`, `WER H`. */
function countColumns(key: string, tally: Tally, styles: Styles): Column[] {
  const rate = Object.keys(ERROR_COUNTS).find((one) => ERROR_COUNTS[one] === key) ?? key
  const things = rate.endsWith('cer') ? 'Characters' : 'Words'
  const verbs = ['substituted', 'deleted', 'inserted', 'hit']
  return ERROR_KINDS.map((kind, index) =>
    column({
      key: `${key} ${kind}`,
      title: `${rate.toUpperCase().replace('_', ' ')} ${kind}`,
      width: 8,
      align: 'right',
      note: `${things} ${verbs[index]}\nAs in: jiwer 4\nBottom row: sum of what the filter shows.`,
      printed: false,
      write: (sheet, at, { metrics }) => {
        const counts = metrics[key]
        const count = Array.isArray(counts) ? counts[index] : undefined
        if (typeof count === 'number') sheet.number(at, count, 'count')
      },
      total: totalCell(
        subtotal(109, '', tally.errors.get(key)?.[index] ?? null),
        styles.total.count,
      ),
    }),
  )
}

/** Columns of memory, where any result knows its own. */
function vramColumns(survey: DomainSurvey, tally: Tally, styles: Styles): Column[] {
  if (tally.vramPeak === null) return []
  return VRAM_KEYS.map((key) => {
    const described = describe(key, new Map())
    const isPeak = key === 'vram_peak'
    const total = isPeak ? subtotal(104, 'highest of what the filter shows.', tally.vramPeak) : null
    return column({
      key,
      title: titleWithUnit(described),
      width: 12,
      align: 'right',
      note: noteOf(described, total?.words ?? null, false, survey.doubtful.has(key)),
      better: isPeak ? described.better : null,
      write: (sheet, at, result) => {
        const value = result[key]
        if (value === null) return
        const isDoubtful = doubtsOf(key, result.flags).length > 0
        sheet.number(at, value, 'gigabytes', isDoubtful ? styles.doubtful : styles.numbers)
      },
      ...(total === null ? {} : { total: totalCell(total, styles.total.gigabytes) }),
    })
  })
}

/** A text that stands beside the numbers, or a list of numbers. */
function textColumn(key: string, survey: DomainSurvey, styles: Styles): Column {
  const described = describe(key, survey.own)
  const isList = survey.metrics.get(key) === 'list'
  return column({
    key,
    title: isList ? titleWithUnit(described) : described.title.replaceAll('_', ' '),
    width: isList ? 22 : 16,
    note: isList ? noteOf(described, null) : null,
    printed: false,
    write: (sheet, at, { metrics }) => {
      const value = metrics[key]
      if (typeof value === 'string') sheet.text(at, value, styles.indented)
      else if (Array.isArray(value)) sheet.text(at, listText(value), styles.indented)
    },
  })
}

function listText(values: readonly number[]): string {
  const shown = values.slice(0, LISTED).map((value) => String(Number(value.toPrecision(4))))
  const more = values.length > LISTED ? `; … (${values.length} in all)` : ''
  return shown.join('; ') + more
}
