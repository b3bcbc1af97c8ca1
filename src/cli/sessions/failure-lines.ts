import pc from 'picocolors'
import { duration } from '../../dashboard/format.ts'
import { clean, cut } from '../../dashboard/text.ts'
import type { ScenarioResult } from '../../events/index.ts'
import { readLogLines } from '../../report/session/index.ts'
import { sharedText, tellingRanges } from '../../report/shared-log.ts'
import { outcomeColour } from './table.ts'
import { counted } from './words.ts'
import type { Named, WrongResults } from './wrong-results.ts'

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
/** So many other results of a cause are named where not all are asked for. */
const MOST_NAMES = 3

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
  if (result.flags.length > 0) {
    lines.push(`${INDENT}${colours.yellow(`flags: ${short(result.flags.join(', '))}`)}`)
  }
  if (result.file !== '') lines.push(`${INDENT}${colours.dim(short(result.file))}`)
  for (const range of tellingRanges(result.logs)) {
    // oxlint-disable-next-line no-await-in-loop -- few, in the order of the result
    const log = await readLogLines(directory, range, { maxBytes: LOG_BYTES, near: NEAR_BYTES })
    if (log === null || log.lines.length === 0) continue
    const wrote = log.isNear ? 'wrote nothing; just before and after' : 'wrote'
    const shared = sharedText(range)
    const whose = shared === null ? '' : ` (${shared})`
    const head = `${short(range.service)} ${wrote}${whose}, in ${short(range.file)}:`
    lines.push(`${INDENT}${colours.dim(head)}`)
    const last = log.lines.slice(-MOST_LOG_LINES)
    lines.push(...last.map((line) => `${INDENT}  ${colours.dim(short(line))}`))
  }
  return lines
}

/** A cause: its first result as {@link failureLines} has it, then the others by name; all of them, or the first ones. */
export async function causeLines(
  directory: string,
  { cause, first, others, more }: WrongResults,
  { colors, all }: { colors: boolean; all: boolean },
): Promise<string[]> {
  const { dim } = pc.createColors(colors)
  const lines = await failureLines(directory, first, colors)
  const count = others.length + more
  if (count === 0) return lines
  const shown = all ? others : others.slice(0, MOST_NAMES)
  const head = `${counted(count, 'more result')} of this cause (${cause.id}):`
  lines.push(`${INDENT}${head}`, ...shown.map((one) => `${INDENT}  ${nameLine(one, first)}`))
  const left = count - shown.length
  if (left > 0) lines.push(`${INDENT}  ${dim(`… and ${left} more`)}`)
  return lines
}

/** Where it said something else than the first one, what. */
function nameLine(
  { status, name, domain, loadout, repeat, message }: Named,
  first: ScenarioResult,
) {
  const which = repeat > 0 ? `, repeat ${repeat + 1}` : ''
  const isSame = message === '' || message === (first.errors[0]?.message ?? '')
  const said = isSame ? '' : `: ${short(message)}`
  return `${status}  ${short(name)}  ${domain} ${short(loadout)}${which}${said}`
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
