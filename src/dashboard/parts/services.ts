import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { clock, gigabytes } from '../format.ts'
import type { DashboardModel, ServiceView } from '../model.ts'
import type { FrameContext } from '../screen-state.ts'
import { type Cell, clean, fit, line, widthOf } from '../text.ts'

/** From here on there is room for process ids; from there on for names of log files. */
const WITH_PID = 78
const WITH_LOG = 130
const NAME_SHARE = 0.2

/** The active services, the newest where not all fit. */
export function serviceLines(model: DashboardModel, context: FrameContext, rows: number): string[] {
  if (rows === 0) return []
  if (model.services.length === 0) {
    return [line(context.columns, [{ text: 'Services  none', paint: context.paint.dim }])]
  }
  const shown = model.services.slice(-rows)
  const names = shown.map(({ name }) => widthOf(clean(name)))
  const widest = Math.min(Math.max(...names), Math.floor(context.columns * NAME_SHARE))
  const hidden = model.services.length - shown.length
  return shown.map((service, index) => {
    const more = index === 0 && hidden > 0 ? ` +${hidden}` : ''
    return serviceLine(service, context, widest, more)
  })
}

function serviceLine(
  service: ServiceView,
  context: FrameContext,
  nameWidth: number,
  more: string,
): string {
  const { columns, paint, glyphs, now, directory, links } = context
  const isReady = service.state === 'ready'
  const name: Cell = { text: fit(clean(service.name), nameWidth), paint: paint.bold }
  if (links && directory !== null) name.link = pathToFileURL(join(directory, service.log)).href
  const left: Cell[] = [
    isReady
      ? { text: `${glyphs.ready} `, paint: paint.green, width: 2 }
      : { text: `${glyphs.starting} `, paint: paint.yellow, width: 2 },
    name,
    { text: `  ${clean(service.model)}${more}`, paint: paint.dim },
  ]
  const memory = service.memory === null ? '' : `  ${gigabytes(service.memory)} GB`
  const parts = [
    service.port === null ? '' : `:${service.port}`,
    columns < WITH_PID ? '' : `pid ${service.pid}`,
    service.state,
    `${clock((now - service.since) / 1_000)}${memory}`,
    columns < WITH_LOG || links ? '' : service.log,
  ]
  return line(
    columns,
    left,
    [{ text: parts.filter((part) => part !== '').join('  ') }],
    columns * 0.7,
  )
}
