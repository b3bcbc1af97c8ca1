import { linesOf, lastInSight } from './log-lines.ts'
import type { DashboardModel } from './model.ts'
import type { LogView, ServiceLog } from './screen-state.ts'
import { serviceFiles } from './service-tail.ts'

export type Key =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'filter'
  | 'service'
  | 'help'
  | 'cancel'
  | 'suspend'

const SEQUENCES: Readonly<Record<string, Key>> = {
  '\u{1b}[A': 'up',
  '\u{1b}OA': 'up',
  '\u{1b}[B': 'down',
  '\u{1b}OB': 'down',
  '\u{1b}[5~': 'pageUp',
  '\u{1b}[6~': 'pageDown',
  '\u{1b}[H': 'home',
  '\u{1b}OH': 'home',
  '\u{1b}[1~': 'home',
  '\u{1b}[7~': 'home',
  '\u{1b}[F': 'end',
  '\u{1b}OF': 'end',
  '\u{1b}[4~': 'end',
  '\u{1b}[8~': 'end',
  f: 'filter',
  s: 'service',
  '?': 'help',
  q: 'cancel',
  '\u{3}': 'cancel',
  '\u{1a}': 'suspend',
}

/** The keys in a piece of input; those that mean nothing here are left out. */
export function keysOf(input: string): Key[] {
  // oxlint-disable-next-line no-control-regex -- keys are control characters
  const pieces = input.match(/\u{1b}(?:\[[\d;]*[A-Za-z~]|O[A-Z])|[^\u{1b}]/gu) ?? []
  return pieces.flatMap((piece) => SEQUENCES[piece] ?? [])
}

/** Moves the view as a key says. `rows` is the height of the log window. */
export function moveView(
  view: LogView,
  key: Key,
  {
    model,
    serviceLog,
    rows,
  }: { model: DashboardModel; serviceLog: ServiceLog | null; rows: number },
): void {
  if (key === 'help') view.help = !view.help
  else view.help = false
  if (key === 'filter') {
    view.errorsOnly = !view.errorsOnly
    view.last = null
  } else if (key === 'service') {
    // One after another, then back.
    view.service = view.source === 'story' ? 0 : view.service + 1
    view.source = view.service < serviceFiles(model).length ? 'service' : 'story'
    view.last = null
  }
  const lines = linesOf(model, { view, serviceLog })
  const newest = lines.first + lines.lines.length - 1
  const step = { up: -1, down: 1, pageUp: -rows, pageDown: rows, home: -Infinity, end: Infinity }
  if (!Object.hasOwn(step, key)) return
  const from = lastInSight(lines, view, rows)
  const lowest = Math.min(newest, lines.first + rows - 1)
  const to = Math.max(lowest, from + step[key as keyof typeof step])
  view.last = to >= newest ? null : to
}
