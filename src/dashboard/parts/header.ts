import { gigabytes, percent } from '../format.ts'
import type { DashboardModel } from '../model.ts'
import type { FrameContext } from '../screen-state.ts'
import { type Cell, clean, line, widthOf } from '../text.ts'

const MOST_GPUS = 4
/** From here on there is room for who shows this, too. */
const WITH_NAME = 78
/** Columns that the name of the plan has at least. */
const LEAST_PLAN = 18

/** Run, plan, and what the machine does. */
export function headerLine(model: DashboardModel, context: FrameContext): string {
  const { paint, columns } = context
  const plan = clean(model.run.begin?.plan.name ?? '')
  const before: Cell[] = [{ text: `${clean(model.run.session)}  `, paint: paint.dim }]
  if (columns >= WITH_NAME) before.unshift({ text: 'jarvis ', paint: paint.bold })
  const used = before.reduce((sum, { text }) => sum + widthOf(text), 0)
  const room = columns - used - Math.min(widthOf(plan), LEAST_PLAN) - 1
  const left = [...before, { text: plan, paint: paint.bold }]
  return line(columns, left, [{ text: machine(model, room) }], columns)
}

/** As much of it as fits, the processor last to go. */
function machine({ cpu, ram, gpus }: DashboardModel, room: number): string {
  if (ram === null) return ''
  const processor = `CPU ${cpu === null ? 'n/a' : percent(cpu)}`
  const short = `${processor}  RAM ${gigabytes(ram.used)} GB`
  const long = `${processor}  RAM ${gigabytes(ram.used)}/${gigabytes(ram.total)} GB`
  const loads = gpuLoads(gpus)
  const number = gpus === null || gpus.length < 2 ? loads : `  ${gpus.length} GPUs`
  const ways = [`${long}${loads}`, `${short}${loads}`, `${short}${number}`, short, processor]
  return ways.find((text) => text.length <= room) ?? ''
}

function gpuLoads(gpus: DashboardModel['gpus']): string {
  if (gpus === null) return ''
  if (gpus.length === 0) return '  no GPU'
  const loads = gpus.slice(0, MOST_GPUS).map(({ utilization }) => {
    return utilization === null ? 'n/a' : percent(utilization)
  })
  if (gpus.length > MOST_GPUS) loads.push('…')
  return `  GPU ${loads.join(' ')}`
}
