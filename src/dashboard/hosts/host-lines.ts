import { gigabytes } from '../format.ts'
import { totalOf } from '../parts/tree.ts'
import type { FrameContext } from '../screen-state.ts'
import { type Cell, clean, fit, line, type Paint, widthOf } from '../text.ts'
import {
  byImportance,
  isWrong,
  livesText,
  outcomeText,
  standText,
  vramOf,
  wrongResults,
} from './part-words.ts'
import type { HostsModel, PartView } from './types.ts'

/** From so many columns on there is room for the last line of each part; from the other on for long names. */
const WITH_LINE = 78
const WIDE = 110
const [HOST, WIDE_HOST] = [10, 24]
const [STAND, MIDDLE_STAND, WIDE_STAND] = [20, 26, 40]

/** The parts, a line each; where not all fit those that matter most, and the rest in one line. */
export function hostLines(hosts: HostsModel, context: FrameContext, rows: number): string[] {
  const { parts } = hosts
  if (parts.length <= rows) return parts.map((part) => partLine(part, hosts, context))
  const sorted = byImportance(parts)
  const shown = sorted.slice(0, Math.max(0, rows - 1))
  const rest = sorted.slice(shown.length)
  const text = `  +${rest.length} more: ${livesText(rest)}`
  const restLine = line(context.columns, [{ text, paint: context.paint.dim }])
  return [...shown.map((part) => partLine(part, hosts, context)), restLine].slice(0, rows)
}

/** What the run is called, its plan, and how its parts go. */
export function hostsHeader(hosts: HostsModel, plan: string, context: FrameContext): string {
  const { paint, columns } = context
  const left: Cell[] = [
    ...(columns >= WITH_LINE ? [{ text: 'jarvis ', paint: paint.bold }] : []),
    { text: `${clean(hosts.name)}  `, paint: paint.dim },
    { text: clean(plan), paint: paint.bold },
  ]
  const count = `${hosts.parts.length} part${hosts.parts.length === 1 ? '' : 's'}`
  const room = columns - left.reduce((sum, { text }) => sum + widthOf(text), 0) - 1
  const told = [hosts.parts, hosts.parts.filter(needsLook)].map(livesText)
  const ways = [...told.map((text) => (text === '' ? count : `${count}: ${text}`)), count]
  return line(columns, left, [{ text: ways.find((text) => text.length <= room) ?? '' }], columns)
}

function needsLook(part: PartView): boolean {
  return part.life === 'late' || isWrong(part)
}

/** A part in the summary at the end: where it ran, how it ended, and its session. */
export function partSummary(part: PartView, { parts }: HostsModel, context: Look): Cell[] {
  const { paint } = context
  const number = `${part.index}`.padStart(`${parts.length}`.length)
  const host = part.host === null ? '' : `  ${clean(part.host)}`
  const attempt = part.attempt > 1 ? `, attempt ${part.attempt}` : ''
  return [
    signCell(part, context),
    { text: `Part ${number}${host}  ` },
    {
      text: outcomeText(part),
      paint: part.life === 'waiting' || isWrong(part) ? paint.red : paint.green,
    },
    { text: attempt },
  ]
}

function partLine(part: PartView, hosts: HostsModel, context: FrameContext): string {
  const { columns, paint } = context
  const count = hosts.parts.length
  const width = `${count}`.length
  const longest = Math.max(0, ...hosts.parts.map(({ host }) => widthOf(clean(host ?? ''))))
  const hostWidth = Math.min(longest, columns >= WIDE ? WIDE_HOST : HOST)
  const standWidth = columns >= WIDE ? WIDE_STAND : columns >= WITH_LINE ? MIDDLE_STAND : STAND
  const stand = part.attempt > 1 ? `${standText(part)} (attempt ${part.attempt})` : standText(part)
  const wrong = wrongResults(part)
  const cells: Cell[] = [
    signCell(part, context),
    { text: `${`${part.index}`.padStart(width)}/${count} ` },
    ...(hostWidth === 0
      ? []
      : [{ text: `${fit(clean(part.host ?? ''), hostWidth)} `, paint: paint.bold }]),
    {
      text: `${fit(stand, standWidth)} `,
      paint: needsLook(part) ? colourOf(part, context) : plain,
    },
    { text: progressText(part).padStart(progressWidth(hosts)) },
  ]
  if (hosts.parts.some((each) => wrongResults(each) > 0)) {
    const text = wrong > 0 ? ` ${context.glyphs.failed}${wrong}` : ''
    cells.push({ text: text.padEnd(4), paint: paint.red })
  }
  cells.push(...vramCells(part, hosts, columns >= WITH_LINE))
  if (columns >= WITH_LINE) {
    cells.push({ text: `  ${clean(hosts.lines.get(part.index) ?? '')}`, paint: paint.dim })
  }
  return line(columns, cells)
}

type Look = Pick<FrameContext, 'paint' | 'glyphs'>

const plain: Paint = (text) => text

function signCell(part: PartView, context: Look): Cell {
  const { glyphs } = context
  const sign = {
    waiting: glyphs.waiting,
    running: glyphs.ready,
    late: glyphs.starting,
    dead: glyphs.failed,
    ended: isWrong(part) ? glyphs.failed : glyphs.stopped,
  }[part.life]
  return { text: `${sign} `, width: 2, paint: colourOf(part, context) }
}

function colourOf(part: PartView, { paint }: Pick<Look, 'paint'>): Paint {
  if (part.life === 'dead' || isWrong(part)) return paint.red
  return { waiting: paint.dim, running: paint.cyan, late: paint.yellow, ended: paint.green }[
    part.life
  ]
}

function progressText({ fold }: PartView): string {
  if (fold === null) return ''
  return `${fold.done}/${totalOf({ run: fold }) ?? '?'}`
}

/** Numbers stand below each other. */
function progressWidth(hosts: HostsModel): number {
  return Math.max(...hosts.parts.map((part) => progressText(part).length))
}

/** A column of its own, where any host has a GPU. */
function vramCells(part: PartView, { parts }: HostsModel, withTotal: boolean): Cell[] {
  const text = (each: PartView): string => {
    const vram = vramOf(each)
    if (vram === null) return ''
    const total = withTotal && vram.total !== null ? `/${gigabytes(vram.total)}` : ''
    return `${gigabytes(vram.used)}${total} GB`
  }
  const width = Math.max(...parts.map((each) => text(each).length))
  return width === 0 ? [] : [{ text: `  ${text(part).padStart(width)}` }]
}
