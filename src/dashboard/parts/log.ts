import { lastInSight, linesOf } from '../log-lines.ts'
import type { DashboardModel } from '../model.ts'
import type { FrameContext } from '../screen-state.ts'
import { lineColour } from '../status-colours.ts'
import { type Cell, clean, line, widthOf } from '../text.ts'

const help = (quitWord: string): string[] => [
  '↑ ↓ PgUp PgDn Home End   scroll; End follows the newest line',
  'f   errors alone, or everything',
  's   the log of the active service, or progression.log',
  `q, Ctrl+C   ${quitWord}, the second time at once      ?   back`,
]

/** The log window: its title, a rule of so many columns, then exactly so many lines. */
export function logLines(
  model: DashboardModel,
  context: FrameContext,
  { rows, rule }: { rows: number; rule: number },
): string[] {
  const { columns, view } = context
  const titled = { ...context, columns: rule }
  if (view.help) return [titleLine('keys', '', titled), ...padded(help(context.quitWord), rows)]
  const chosen = linesOf(model, context)
  const last = lastInSight(chosen, view, rows)
  const end = last - chosen.first + 1
  const shown = chosen.lines.slice(Math.max(0, end - rows), end)
  const newer = chosen.first + chosen.lines.length - 1 - last
  const hint = newer > 0 ? `${newer} newer below` : ''
  const isCalm = view.errorsOnly && chosen.lines.length === 0
  const lines = isCalm
    ? [line(columns, [{ text: 'none so far; f shows everything', paint: context.paint.dim }])]
    : shown.map((text) => line(columns, cellsOf(clean(text), context)))
  return [titleLine(clean(chosen.title), hint, titled), ...padded(lines, rows)]
}

function padded(lines: readonly string[], rows: number): string[] {
  return [...lines.slice(0, rows), ...Array<string>(Math.max(0, rows - lines.length)).fill('')]
}

function titleLine(title: string, hint: string, { columns, paint, glyphs }: FrameContext): string {
  const start = `${glyphs.rule.repeat(2)} `
  const end = hint === '' ? '' : ` ${hint} ${glyphs.rule.repeat(2)}`
  const rest = Math.max(0, columns - widthOf(title) - 4 - widthOf(end))
  return line(columns, [
    { text: start, paint: paint.dim, width: 3 },
    { text: title },
    { text: ' ' },
    { text: glyphs.rule.repeat(rest), paint: paint.dim, width: rest },
    { text: end, paint: paint.yellow },
  ])
}

function cellsOf(text: string, { paint }: FrameContext): Cell[] {
  const found = /^(\[[\d:]{8}\]) \[([A-Z]+)\] /.exec(text)
  if (found === null) return [{ text }]
  const [start, time = '', level = ''] = found
  const message = text.slice(start.length)
  const colour = lineColour(level, message)
  const head: Cell = { text: `${time.slice(1, -1)} `, paint: paint.dim, width: 9 }
  if (colour !== null) return [head, { text: message, paint: paint[colour] }]
  const passed = message.lastIndexOf(': PASSED (')
  if (passed === -1) return [head, { text: message }]
  return [
    head,
    { text: message.slice(0, passed + 2) },
    { text: 'PASSED', paint: paint.green, width: 6 },
    { text: message.slice(passed + 8) },
  ]
}
