import { clock, gigabytes, percent } from '../format.ts'
import type { DashboardModel, GpuView } from '../model.ts'
import type { FrameContext } from '../screen-state.ts'
import { type Cell, clean, fit, line } from '../text.ts'

/** From so many columns on: what the bar marks in numbers, then longer names and bars. */
const WITH_MARKS = 78
const WIDE = 100
/** Columns of `GPU 0 ` with a name, and of the bar. */
const NARROW = { name: 16, bar: 16 }
const MIDDLE = { name: 20, bar: 16 }
const BROAD = { name: 28, bar: 24 }
/** It says nothing that the rest of the name does not say. */
const MAKER = /^(?:NVIDIA |AMD |Intel\(R\) )+(?:GeForce |Radeon )?/
/** A sample is late when this many have not come. */
const LATE_SAMPLES = 5

/** A bar for each GPU. */
export function vramLines(model: DashboardModel, context: FrameContext, rows: number): string[] {
  if (rows === 0) return []
  const { columns, paint } = context
  const { gpus } = model
  if (gpus === null || gpus.length === 0) {
    const text = gpus === null ? 'VRAM  no sample yet' : 'VRAM  no GPU'
    return [line(columns, [{ text, paint: paint.dim }])]
  }
  const shown = gpus.slice(0, rows)
  const stale = staleText(model, context.now)
  const width = Math.max(...shown.map(({ total }) => amountOf(total).length))
  return shown.map((gpu, index) => {
    const hidden = gpus.length - shown.length
    const more = hidden > 0 && index === shown.length - 1 ? `  +${hidden} GPUs` : ''
    return gpuLine(gpu, context, `${more}${stale}`, width)
  })
}

function staleText({ isStale, sampledAt, sampleInterval, run }: DashboardModel, now: number) {
  const age = (now - sampledAt) / 1_000
  // After the run nothing is sampled.
  const isLate = run.end === null && age > sampleInterval * LATE_SAMPLES
  return isStale || isLate ? `  stale${age >= 1 ? ` ${clock(age)}` : ''}` : ''
}

const amountOf = (value: number | null): string => (value === null ? 'n/a' : gigabytes(value))

/** Amounts have one width, so that they stand below each other and do not move. */
function gpuLine(gpu: GpuView, context: FrameContext, end: string, width: number): string {
  const { columns, paint } = context
  const widths = columns >= WIDE ? BROAD : columns >= WITH_MARKS ? MIDDLE : NARROW
  const { used, total, prior, peak, need, utilization } = gpu
  const name = fit(`GPU ${gpu.index} ${clean(gpu.name).replace(MAKER, '')}`, widths.name)
  const amount = (value: number | null): string => amountOf(value).padStart(width)
  const left: Cell[] = [
    { text: `${name} ` },
    ...bar(gpu, context, widths.bar),
    { text: ` ${amount(used)}/${amount(total)} GB` },
  ]
  const marks: Cell[] = []
  if (end !== '') marks.push({ text: end, paint: paint.yellow })
  // While a narrow screen has a need to tell, the most until then is of less interest.
  const hasPeak = columns >= WIDE || need === null
  if (columns >= WITH_MARKS) {
    const most = hasPeak ? `  peak ${amount(peak)}` : ''
    marks.push({ text: `  prior ${amount(prior)}${most}`, paint: paint.dim })
  }
  if (need !== null) {
    const isTooLarge = total !== null && need > total
    marks.push({ text: `  need ${amount(need)}`, paint: isTooLarge ? paint.red : paint.yellow })
  }
  if (gpu.throttled) marks.push({ text: '  throttled', paint: paint.yellow })
  const isCrowded = (end !== '' || need !== null) && columns < WITH_MARKS
  if (utilization !== null && !isCrowded) marks.push({ text: `  ${percent(utilization)}` })
  return line(columns, [...left, ...marks])
}

function bar(gpu: GpuView, context: FrameContext, width: number): Cell[] {
  const { glyphs, paint } = context
  const { used, total, prior, peak, need } = gpu
  if (used === null || total === null || total <= 0) {
    return [{ text: glyphs.empty.repeat(width), width, paint: paint.dim }]
  }
  const at = (value: number): number =>
    Math.min(width - 1, Math.max(0, Math.round((value / total) * width)))
  const filled = Math.min(width, Math.round((used / total) * width))
  const cells = Array.from({ length: width }, (_, column) =>
    column < filled ? glyphs.full : glyphs.empty,
  )
  if (prior !== null && prior > 0) cells[at(prior)] = glyphs.prior
  if (peak !== null && peak > 0) cells[at(peak)] = glyphs.peak
  const part = (from: number, to: number): Cell[] => {
    const middle = Math.min(Math.max(filled, from), to)
    const full = {
      text: cells.slice(from, middle).join(''),
      width: middle - from,
      paint: paint.cyan,
    }
    const rest = { text: cells.slice(middle, to).join(''), width: to - middle, paint: paint.dim }
    return [full, rest]
  }
  if (need === null || need <= 0) return part(0, width)
  const place = at(need)
  const mark = { text: glyphs.need, width: 1, paint: need > total ? paint.red : paint.yellow }
  return [...part(0, place), mark, ...part(place + 1, width)]
}
