import pc from 'picocolors'
import { duration } from '../../dashboard/format.ts'
import { clean, cut } from '../../dashboard/text.ts'
import type { ScenarioResult } from '../../events/index.ts'
import { readLogLines } from '../../report/session/index.ts'
import { outcomeColour } from './table.ts'

/** A longer line is cut. */
const LONGEST_LINE = 300
/** So many lines of a message are shown. */
const MOST_MESSAGE_LINES = 12
/** So many of the last lines that a service wrote while the scenario ran. */
const MOST_LOG_LINES = 8
const LOG_BYTES = 16 * 1024
/** Where it wrote nothing meanwhile, what stands so close to that place in its log is shown. */
const NEAR_BYTES = 200
const INDENT = '    '

/** Whether a result is one that somebody has to look at. */
export function isWrong({ status }: Pick<ScenarioResult, 'status'>): boolean {
  return status === 'FAILED' || status === 'MISSING' || status === 'INTERRUPTED'
}

/** A result that did not pass: what, where, why, and what its services wrote meanwhile. */
export async function failureLines(
  directory: string,
  result: ScenarioResult,
  colors: boolean,
): Promise<string[]> {
  const colours = pc.createColors(colors)
  const { status, name, domain, loadout, errors } = result
  const took = result.duration === null ? '' : ` (${duration(result.duration)})`
  const repeat = result.repeat > 0 ? `, repeat ${result.repeat + 1}` : ''
  const paint = outcomeColour(colours, status.toLowerCase())
  const lines = [
    `${paint(status)}  ${colours.bold(short(name))}  ${domain} ${short(loadout)}${repeat}${took}`,
  ]
  for (const error of errors) {
    lines.push(...textLines(error.message).map((line) => `${INDENT}${line}`))
    if (error.expected !== undefined || error.actual !== undefined) {
      lines.push(...sideLines('expected', error.expected), ...sideLines('actual', error.actual))
    }
  }
  if (result.file !== '') lines.push(`${INDENT}${colours.dim(short(result.file))}`)
  for (const range of result.logs) {
    // oxlint-disable-next-line no-await-in-loop -- few, in the order of the result
    const log = await readLogLines(directory, range, { maxBytes: LOG_BYTES, near: NEAR_BYTES })
    if (log === null || log.lines.length === 0) continue
    const wrote = log.isNear ? 'wrote nothing; just before and after' : 'wrote'
    const head = `${short(range.service)} ${wrote}, in ${short(range.file)}:`
    lines.push(`${INDENT}${colours.dim(head)}`)
    const last = log.lines.slice(-MOST_LOG_LINES)
    lines.push(...last.map((line) => `${INDENT}  ${colours.dim(short(line))}`))
  }
  return lines
}

function sideLines(side: string, text: string | undefined): string[] {
  if (text === undefined) return []
  const [first = '', ...more] = textLines(text)
  const head = `${INDENT}${`${side}:`.padEnd(10)}`
  return [`${head}${first}`, ...more.map((line) => `${' '.repeat(head.length)}${line}`)]
}

function textLines(text: string): string[] {
  // A megabyte of text has no business in a terminal.
  const lines = text.slice(0, LONGEST_LINE * MOST_MESSAGE_LINES * 4).split(/\r\n|[\n\r]/)
  const shown = lines.slice(0, MOST_MESSAGE_LINES).map(short)
  const left = lines.length - shown.length
  return left > 0 ? [...shown, `… ${left} more lines`] : shown
}

function short(text: string): string {
  return cut(clean(text), LONGEST_LINE)
}
