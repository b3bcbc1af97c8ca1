import type { Counts } from '../../events/index.ts'
import { clock } from '../format.ts'
import type { DashboardModel } from '../model.ts'
import type { FrameContext } from '../screen-state.ts'
import { STATUS_COLOURS } from '../status-colours.ts'
import { type Cell, line, type Paint } from '../text.ts'
import { domainsOf, totalOf } from './tree.ts'

/** From here on counts have names. */
const WIDE = 100
const NARROW_BAR = 16
const WIDE_BAR = 30
/** What stands before a bar: the longest name of a domain, within these. */
const [LABEL, WIDE_LABEL, NARROW_LABEL] = [8, 24, 12]
/** Less than this no expectation is exact. */
const LATE_SECONDS = 2

/** The bar of the run, with how long it has taken and takes. */
export function totalLine(model: DashboardModel, context: FrameContext): string {
  const { done, counts } = model.run
  const cells = [
    labelCell('Total', model, context),
    ...barCells({ done, total: totalOf(model), counts, isLeast: hasMore(model) }, context),
  ]
  return line(context.columns, cells, [{ text: timesText(model, context) }])
}

/** The bar of the domain that runs. */
export function domainLines(model: DashboardModel, context: FrameContext, rows: number): string[] {
  const view = domainsOf(model).find(({ domain }) => domain === model.run.current?.domain)
  if (rows === 0) return []
  if (view === undefined) return ['']
  const cells = [labelCell(view.domain, model, context), ...barCells(view, context)]
  return [line(context.columns, cells)]
}

/** What a part of a divided run that has not begun is to do is not known. */
function hasMore({ hosts }: DashboardModel): boolean {
  return hosts !== null && hosts.parts.some(({ life }) => life === 'waiting')
}

/** As wide for each bar. */
function labelCell(label: string, model: DashboardModel, { columns, paint }: FrameContext): Cell {
  const longest = Math.max(...domainsOf(model).map(({ domain }) => domain.length + 1), LABEL)
  const width = Math.min(longest, columns >= WIDE ? WIDE_LABEL : NARROW_LABEL)
  const text = label.length < width ? label : `${label.slice(0, width - 2)}…`
  return { text: text.padEnd(width), width, paint: paint.bold }
}

interface Bar {
  done: number
  total: number | null
  counts: Counts
  isLeast?: boolean
}

function barCells({ done, total, counts, isLeast = false }: Bar, context: FrameContext): Cell[] {
  const { columns, paint, glyphs } = context
  const width = columns >= WIDE ? WIDE_BAR : NARROW_BAR
  const all = Math.max(total ?? 0, done, 1)
  const cells: Cell[] = []
  let [seen, filled] = [0, 0]
  // Until the total is known the bar says nothing.
  const known = total === null ? 0 : width
  const parts: [number, Paint][] = [
    [counts.passed, paint[STATUS_COLOURS.PASSED]],
    [counts.failed, paint[STATUS_COLOURS.FAILED]],
    [counts.missing, paint[STATUS_COLOURS.MISSING]],
    [counts.interrupted, paint[STATUS_COLOURS.INTERRUPTED]],
    [counts.skipped, paint[STATUS_COLOURS.SKIPPED]],
  ]
  for (const [count, colour] of parts) {
    seen += count
    // Never full before the end, and each ending at its exact place.
    const upTo = Math.floor((seen / all) * known)
    const text = glyphs.full.repeat(upTo - filled)
    if (text !== '') cells.push({ text, width: upTo - filled, paint: colour })
    filled = upTo
  }
  const rest = width - filled
  cells.push({ text: glyphs.empty.repeat(rest), width: rest, paint: paint.dim })
  cells.push({ text: ` ${done}/${total ?? '?'}${isLeast && total !== null ? '+' : ''}` })
  return [...cells, ...countCells(counts, context)]
}

function countCells(counts: Counts, { columns, paint, glyphs }: FrameContext): Cell[] {
  const isWide = columns >= WIDE
  const parts: [number, string, string, Paint][] = [
    [counts.passed, glyphs.stopped, 'passed', paint[STATUS_COLOURS.PASSED]],
    [counts.failed, glyphs.failed, 'failed', paint[STATUS_COLOURS.FAILED]],
    [counts.missing, '?', 'missing', paint[STATUS_COLOURS.MISSING]],
    [counts.interrupted, '!', 'interrupted', paint[STATUS_COLOURS.INTERRUPTED]],
    [counts.skipped, '-', 'skipped', paint[STATUS_COLOURS.SKIPPED]],
  ]
  return parts
    .filter(([count], index) => count > 0 || (isWide && index < 3))
    .map(([count, sign, name, colour]) => ({
      text: isWide ? `  ${count} ${name}` : ` ${sign}${count}`,
      ...(count > 0 ? { paint: colour } : { paint: paint.dim }),
    }))
}

function timesText(model: DashboardModel, context: FrameContext): string {
  const { begin, end } = model.run
  if (begin === null) return ''
  const elapsed = clock(end === null ? elapsedOf(model, begin.time, context.now) : end.duration)
  const left = leftText(model, context)
  if (left === '') return elapsed
  return context.columns >= WIDE ? `${elapsed} elapsed, ${left}` : `${elapsed}, ${left}`
}

/** Since the last event by the wall clock alone, so that somebody who sets it does not change all of it. */
function elapsedOf({ run }: DashboardModel, beganAt: string, now: number): number {
  const { elapsed, lastAt } = run
  if (elapsed === null || lastAt === null) return (now - Date.parse(beganAt)) / 1_000
  return elapsed + Math.max(0, (now - Date.parse(lastAt)) / 1_000)
}

/** What is still to come; a plus where what goes on has taken longer than expected, so that it may be more. */
function leftText(model: DashboardModel, { remaining, overrun, columns }: FrameContext): string {
  if (model.run.end !== null || remaining === null) return ''
  const isLate = overrun >= LATE_SECONDS
  if (remaining >= 1) return `~${clock(remaining)}${isLate ? '+' : ''} left`
  const total = totalOf(model)
  if (total !== null && model.run.done >= total) return 'finishing'
  if (isLate) return columns >= WIDE ? 'longer than expected' : 'overdue'
  return '~0:01 left'
}
