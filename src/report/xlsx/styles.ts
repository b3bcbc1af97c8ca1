import type { ScenarioStatus } from '../../events/index.ts'

/** The part of exceljs's styles that counts here: a model becomes the number that cells name it by. */
interface StyleTable {
  addStyleModel(model: object): number
}

type Fill = { fill: object } | Record<string, never>

const FONT = 'Calibri'
const INK = 'FF1F2328'
const LINK_INK = 'FF0B57B0'
const FAINT_INK = 'FF59636E'

/** Fill and ink of each status, readable in print as well. */
const STATUS_COLOURS: Record<ScenarioStatus, [fill: string, ink: string]> = {
  PASSED: ['FFDDF3E1', 'FF11632B'],
  FAILED: ['FFFBD9D7', 'FF9A1B16'],
  MISSING: ['FFEADFFB', 'FF5B2AA8'],
  SKIPPED: ['FFEEF0F2', 'FF59636E'],
  INTERRUPTED: ['FFFCE3CC', 'FF8A3B00'],
}

/** Number formats by what a number is. */
export const NUMBER_FORMATS = {
  // Less than a millisecond is not nothing.
  seconds: '[=0]0;[<0.001]0.0E+0;0.000',
  rate: '#,##0.0',
  ratio: '0.000',
  /** Times of something else. */
  times: '0.00" ×"',
  gigabytes: '0.00',
  count: '#,##0',
  percent: '0.0%',
  general: 'General',
  time: 'yyyy-mm-dd hh:mm:ss',
} as const
export type NumberFormat = keyof typeof NUMBER_FORMATS

/** The styles of a workbook by name: numbers as cells carry them. */
export type Styles = ReturnType<typeof defineStyles>

/** Registers every style once: an object for each cell would cost more than the cell. */
export function defineStyles(table: StyleTable) {
  const add = (model: object): number => table.addStyleModel(model)
  const font = (extra: object = {}): object => ({
    font: { name: FONT, family: 2, size: 10, color: { argb: INK }, ...extra },
  })
  const top = { alignment: { vertical: 'top' } }
  const wrapped = { alignment: { vertical: 'top', wrapText: true } }
  const rule = (side: 'top' | 'bottom'): object => ({
    border: { [side]: { style: 'thin', color: { argb: 'FF8C959F' } } },
  })
  const formats = (extra: object): Record<NumberFormat, number> =>
    mapValues(NUMBER_FORMATS, (numFmt) => add({ ...font(), ...extra, ...top, numFmt }))
  const header = (horizontal: 'left' | 'right' | 'center'): object => ({
    ...font({ bold: true }),
    ...solid('FFE6EAEF'),
    ...rule('bottom'),
    alignment: { vertical: 'middle', horizontal, wrapText: true },
  })
  const total = { ...font({ bold: true }), ...rule('top'), ...solid('FFF3F4F6') }
  return {
    title: add(font({ size: 16, bold: true })),
    heading: add({ ...font({ size: 11, bold: true }), ...rule('bottom') }),
    label: add({ ...font({ color: { argb: FAINT_INK } }), ...top }),
    /** Of headers as exceljs takes them: over texts, and over numbers. */
    header: { left: header('left'), right: header('right'), center: header('center') },
    headerCell: { left: add(header('left')), right: add(header('right')) },
    centered: add({ ...font(), alignment: { vertical: 'top', horizontal: 'center' } }),
    text: add({ ...font(), ...top }),
    literal: add({ ...font(), ...top, numFmt: '@' }),
    /** A text beside a number. */
    indented: add({ ...font(), alignment: { vertical: 'top', horizontal: 'left', indent: 1 } }),
    wrapped: add({ ...font(), ...wrapped }),
    wrappedLiteral: add({ ...font(), ...wrapped, numFmt: '@' }),
    lines: add({ ...font({ name: 'Consolas', size: 9 }), ...wrapped }),
    code: add({ ...font({ name: 'Consolas', size: 9 }), ...top, numFmt: '@' }),
    link: add({ ...font({ color: { argb: LINK_INK }, underline: true }), ...top }),
    alarm: add({ ...font({ bold: true, color: { argb: 'FF9A1B16' } }), ...solid('FFFBD9D7') }),
    /** A number that is none: NaN, Infinity. */
    odd: add({
      ...font({ color: { argb: 'FF9A1B16' } }),
      alignment: { vertical: 'top', horizontal: 'right' },
    }),
    numbers: formats({}),
    /** Numbers that were computed from what the result states. */
    derived: formats(font({ italic: true, color: { argb: FAINT_INK } })),
    /** Numbers that are not to be relied on. */
    doubtful: mapValues(NUMBER_FORMATS, (numFmt) =>
      add({ ...font({ color: { argb: 'FF8A3B00' } }), ...top, numFmt: approximately(numFmt) }),
    ),
    total: mapValues(NUMBER_FORMATS, (numFmt) => add({ ...total, numFmt })),
    totalText: add(total),
    totalResults: add({ ...total, numFmt: '#,##0 "results"', alignment: { horizontal: 'left' } }),
    totalPassed: add({ ...total, numFmt: '#,##0 "passed"', alignment: { horizontal: 'center' } }),
    /** Of a line that says how it went. */
    banner: mapValues(STATUS_COLOURS, ([fill, ink]) =>
      add({ ...font({ color: { argb: ink }, bold: true }), ...solid(fill) }),
    ),
    status: mapValues(STATUS_COLOURS, ([fill, ink]) =>
      add({
        ...font({ color: { argb: ink }, bold: true }),
        ...solid(fill),
        alignment: { vertical: 'top', horizontal: 'center' },
      }),
    ),
    /** The same in the middle of a cell of a matrix. */
    outcome: mapValues(STATUS_COLOURS, ([fill, ink]) =>
      add({
        ...font({ color: { argb: ink } }),
        ...solid(fill),
        alignment: { vertical: 'top', horizontal: 'center' },
      }),
    ),
  }
}

/** A number format with a sign before each of its parts. */
function approximately(format: string): string {
  const parts = format.split(';').map((part) => part.replace(/^(\[[^\]]*\])?/, '$1"≈ "'))
  return parts.join(';')
}

function solid(argb: string): Fill {
  return { fill: { type: 'pattern', pattern: 'solid', fgColor: { argb } } }
}

function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  change: (value: From) => To,
): Record<Key, To> {
  const entries = Object.entries(record) as [Key, From][]
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value)])) as Record<Key, To>
}
