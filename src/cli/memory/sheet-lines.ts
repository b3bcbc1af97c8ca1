import pc from 'picocolors'
import { clean } from '../../dashboard/text.ts'
import type { Growth } from '../../memory/sheets/growth.ts'
import type { Sheet } from '../../memory/sheets/types.ts'
import { type Column, tableLines } from '../sessions/table.ts'
import { sizeCell, kilobytes, sharePercent, tokensText } from './numbers.ts'

const COLUMNS: readonly Column[] = [
  { title: 'MODEL', longest: 48 },
  { title: 'ENGINE', longest: 20 },
  { title: 'HOW', longest: 36 },
  { title: 'DEVICE', longest: 28 },
  { title: 'N', side: 'right' },
  { title: 'CONTEXT', side: 'right' },
  { title: 'BASE', side: 'right' },
  { title: 'A TOKEN', side: 'right' },
  { title: 'SPREAD', side: 'right' },
  { title: 'PREDICTED', side: 'right' },
  { title: 'MEASURED', side: 'right' },
  { title: 'ERROR', side: 'right' },
]
const ERROR_AT = COLUMNS.length - 1
/** A prediction that is off by more than this is worth a look. */
const CONSIDERABLE = 0.05

const REMARKS: Record<string, string> = {
  '~': 'of one context, its cache divided by its tokens: right for models with one kind of layers',
  '*': "vLLM's own division: right for models with one kind of layers",
}

/** The sheets for people. */
export function sheetLines(
  sheets: readonly Sheet[],
  grown: readonly Growth[],
  { colors }: { colors: boolean },
): string[] {
  const paint = pc.createColors(colors)
  if (sheets.length === 0) {
    return [
      'No run has told yet what a model took in memory.',
      paint.dim(
        'Runs on llamacpp://, ollama:// and vllm:// do; logs of others: jarvis memory FILE',
      ),
    ]
  }
  const rows = sheets.map((sheet) => rowOf(sheet))
  const table = tableLines(COLUMNS, rows, (text, row, column) => {
    if (row === null) return paint.dim(text)
    const { error } = sheets[row]!
    return column === ERROR_AT && error !== null && Math.abs(error) > CONSIDERABLE
      ? paint.yellow(text)
      : text
  })
  const marks = new Set(sheets.flatMap(({ per_token_from }) => markOf(per_token_from)))
  const remarks = Object.entries(REMARKS).flatMap(([mark, text]) =>
    marks.has(mark) ? [paint.dim(`${mark} ${text}`)] : [],
  )
  const growth = grown.map((one) => paint.yellow(growthSentence(one)))
  return [...table, ...section(remarks), ...section(growth)]
}

/** `llamacpp://a.gguf takes 0.31 GB more at 8,192 tokens since version 9300: 10.51 GB (n 2) for 10.20 GB (n 3) with 9284.` */
export function growthSentence({ model, context, since, before, after }: Growth): string {
  const more = sizeCell(after.bytes - before.bytes)
  const at = context === null ? '' : ` at ${tokensText(context)} tokens`
  const names = {
    version: [`version ${after.version ?? '?'}`, `version ${before.version ?? '?'}`],
    driver: [`driver ${after.driver ?? '?'}`, `driver ${before.driver ?? '?'}`],
    both: [
      `version ${after.version ?? '?'} and driver ${after.driver ?? '?'}`,
      `version ${before.version ?? '?'} and driver ${before.driver ?? '?'}`,
    ],
  }[since] as [string, string]
  const now = `${sizeCell(after.bytes)} (n ${after.n})`
  const then = `${sizeCell(before.bytes)} (n ${before.n})`
  return clean(
    `${model} takes ${more} more${at} since ${names[0]}: ${now}, and ${then} with ${names[1]}.`,
  )
}

function rowOf(sheet: Sheet): string[] {
  const { base_bytes, bytes_per_token, spread_bytes, per_token_from } = sheet
  return [
    sheet.model,
    [sheet.engine, sheet.version].filter((part) => part !== null).join(' '),
    howOf(sheet),
    sheet.device ?? '?',
    String(sheet.n),
    contextsOf(sheet.contexts),
    sizeCell(base_bytes),
    bytes_per_token === null
      ? ''
      : `${kilobytes(bytes_per_token)}${markOf(per_token_from).join('')}`,
    sizeCell(spread_bytes),
    sizeCell(sheet.predicted_bytes),
    sizeCell(sheet.measured_bytes),
    sharePercent(sheet.error),
  ].map((cell) => clean(cell))
}

/** `Q4_K - Medium, f16, 4 slots, FA`. */
function howOf({ quantisation, kv_type, slots, flash_attention }: Sheet): string {
  return [
    quantisation,
    kv_type,
    slots === null ? null : slots === 1 ? '1 slot' : `${slots} slots`,
    flash_attention === null ? null : flash_attention ? 'FA' : 'no FA',
  ]
    .filter((part) => part !== null)
    .join(', ')
}

function contextsOf(contexts: readonly number[]): string {
  const [first] = contexts
  if (first === undefined) return ''
  const last = contexts.at(-1)!
  return first === last ? tokensText(first) : `${tokensText(first)}–${tokensText(last)}`
}

function markOf(from: Sheet['per_token_from']): string[] {
  return from === 'one_context' ? ['~'] : from === 'kv_tokens' ? ['*'] : []
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines]
}
