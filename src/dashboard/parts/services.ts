import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { clock, memory } from '../format.ts'
import type { ServiceFold } from '../../events/index.ts'
import { activeServices, type DashboardModel } from '../model.ts'
import type { FrameContext } from '../screen-state.ts'
import { type Cell, clean, fit, line, widthOf } from '../text.ts'

/** So much of a line may be numbers where names do not fit as a whole. */
const NUMBERS_SHARE = 0.55
const NAME_SHARE = 0.2
/** What is told of a service: all, then with what is least missed left out. */
const WAYS = [
  ['port', 'pid', 'state', 'time', 'ram', 'vram', 'log'],
  ['port', 'pid', 'state', 'time', 'ram', 'vram'],
  ['port', 'state', 'time', 'ram', 'vram'],
  ['port', 'state', 'time', 'vram'],
  ['port', 'state', 'time'],
  ['state'],
] as const
type Column = (typeof WAYS)[0][number]

/** The active services, the newest where not all fit. */
export function serviceLines(model: DashboardModel, context: FrameContext, rows: number): string[] {
  if (rows === 0) return []
  const active = activeServices(model.run)
  if (active.length === 0) {
    return [line(context.columns, [{ text: 'Services  none', paint: context.paint.dim }])]
  }
  const shown = active.slice(-rows)
  // As a rule the model tells the name.
  const isNamed = shown.some((service) => !service.model.includes(`://${service.name}`))
  const names = isNamed ? shown.map(({ name }) => widthOf(clean(name))) : []
  const widest = Math.min(Math.max(0, ...names), Math.floor(context.columns * NAME_SHARE))
  const hidden = active.length - shown.length
  const lefts = shown.map((service, index) =>
    titleCells(service, context, widest, index === 0 && hidden > 0 ? ` +${hidden}` : ''),
  )
  const used = Math.max(...lefts.map((cells) => cells.reduce((sum, cell) => sum + wide(cell), 0)))
  const { columns } = context
  const room = Math.max(columns - used - 2, Math.floor(columns * NUMBERS_SHARE))
  const numbers = numbersOf(shown, context, room)
  return lefts.map((left, index) => line(columns, left, [{ text: numbers[index]! }], columns))
}

const wide = ({ text, width }: Cell): number => width ?? widthOf(text)

function titleCells(
  service: ServiceFold,
  { paint, glyphs, directory, links }: FrameContext,
  nameWidth: number,
  more: string,
): Cell[] {
  const uri: Cell = { text: clean(service.model), paint: paint.dim }
  const name: Cell = { text: fit(clean(service.name), nameWidth), paint: paint.bold }
  const titles = nameWidth === 0 ? [{ ...uri, paint: paint.bold }] : [name, { text: '  ' }, uri]
  if (links && directory !== null) {
    titles[0]!.link = pathToFileURL(join(directory, service.log)).href
  }
  const sign: Cell =
    service.state === 'ready'
      ? { text: `${glyphs.ready} `, paint: paint.green, width: 2 }
      : { text: `${glyphs.starting} `, paint: paint.yellow, width: 2 }
  return [sign, ...titles, { text: more, paint: paint.dim }]
}

/** The same of all of them, below each other, as much as fits. */
function numbersOf(
  services: readonly ServiceFold[],
  { now, links }: FrameContext,
  room: number,
): string[] {
  const rows = services.map((service): Record<Column, string> => ({
    port: service.port === null ? '' : `:${service.port}`,
    pid: `pid ${service.pid}`,
    state: service.state,
    time: clock((now - sinceOf(service, now)) / 1_000),
    ram: service.rss === null ? '' : `RAM ${memory(service.rss)}`,
    vram: service.vram === null ? '' : `VRAM ${memory(service.vram)}`,
    log: links ? '' : service.log,
  }))
  const ways = WAYS.map((way) => {
    const columns = way
      .map((name) => ({ name, width: Math.max(...rows.map((row) => row[name].length)) }))
      .filter(({ width }) => width > 0)
    return rows.map((row) => {
      return columns.map(({ name, width }) => fit(row[name], width, sideOf(name))).join('  ')
    })
  })
  return ways.find(([first = '']) => widthOf(first) <= room) ?? rows.map(() => '')
}

/** When it was started, in milliseconds since the epoch. */
const sinceOf = ({ startedAt }: ServiceFold, now: number): number =>
  startedAt === null ? now : Date.parse(startedAt)

const sideOf = (name: Column): 'left' | 'right' =>
  name === 'log' || name === 'state' ? 'left' : 'right'
