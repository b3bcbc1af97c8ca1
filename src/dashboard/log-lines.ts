import type { DashboardModel } from './model.ts'
import type { FrameContext, LogView, ServiceLog } from './screen-state.ts'

const BAD_LINE = /\b(?:error|exception|traceback|fatal|critical|panic)/i

/** Lines that can be looked at, numbered. */
export interface LogLines {
  title: string
  lines: readonly string[]
  /** Number of the first. */
  first: number
}

/** The lines that the person at the keyboard has chosen. */
export function linesOf(
  model: DashboardModel,
  { view, serviceLog }: Pick<FrameContext, 'view'> & { serviceLog: ServiceLog | null },
): LogLines {
  const only = view.errorsOnly ? ', errors' : ''
  if (view.source === 'service') {
    if (serviceLog === null) return { title: `service log${only}`, lines: [], first: 0 }
    const { file, lines, first } = serviceLog
    const shown = view.errorsOnly ? lines.filter((text) => BAD_LINE.test(text)) : lines
    return { title: `${file}${only}`, lines: shown, first: view.errorsOnly ? 0 : first }
  }
  const { lines, dropped } = view.errorsOnly ? model.errors : model.story
  return { title: `progression.log${only}`, lines, first: dropped }
}

/** Number of the lowest line in sight: where the person has scrolled to, as far as that exists. */
export function lastInSight({ lines, first }: LogLines, view: LogView, rows: number): number {
  const newest = first + lines.length - 1
  if (view.last === null) return newest
  const lowest = Math.min(newest, first + rows - 1)
  return Math.min(newest, Math.max(lowest, view.last))
}
