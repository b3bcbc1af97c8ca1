import { clock } from '../format.ts'
import type { DashboardModel } from '../model.ts'
import type { FrameContext } from '../screen-state.ts'
import { type Cell, clean, line } from '../text.ts'

const SPINNER_STEP_MS = 100

/** What is being done, with its own clock. */
export function statusLine(model: DashboardModel, context: FrameContext): string {
  const { columns, paint, glyphs, now, hasKeys, quitWord } = context
  const { text, since } = actionOf(model)
  const status = model.run.end?.status ?? null
  const isOver = status !== null && model.late === null
  const word = isOver ? 'quit' : (model.late?.quitWord ?? quitWord)
  const right: Cell[] = hasKeys ? [{ text: `? keys  q ${word}`, paint: paint.dim }] : []
  if (isOver) {
    const isGood = status === 'PASSED'
    const sign: Cell = isGood
      ? { text: `${glyphs.stopped} `, paint: paint.green, width: 2 }
      : { text: `${glyphs.failed} `, paint: paint.red, width: 2 }
    return line(columns, [sign, { text: clean(text) }], right)
  }
  if (model.isLost) {
    const sign: Cell = { text: `${glyphs.failed} `, paint: paint.red, width: 2 }
    return line(columns, [sign, { text: 'The process of the run is gone' }], right)
  }
  const step = Math.floor(now / SPINNER_STEP_MS) % glyphs.spinner.length
  const spinner = { text: `${glyphs.spinner[step] ?? ''} `, paint: paint.cyan, width: 2 }
  const time = `${clock((now - since) / 1_000)}${hasKeys ? '  ' : ''}`
  return line(columns, [spinner, { text: clean(text) }], [{ text: time }, ...right])
}

function actionOf(model: DashboardModel): { text: string; since: number } {
  if (model.late !== null) return model.late
  const { running, cancelled, end } = model.run
  const [first] = running.values()
  // A cancel is what goes on, whatever still runs.
  if (first === undefined || cancelled !== null || end !== null) return model.action
  const others = running.size - 1
  const text = `Running ${first.name}${others > 0 ? ` (and ${others} more)` : ''}`
  return { text, since: Date.parse(first.time) }
}
