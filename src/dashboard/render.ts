import { hostLines, hostsHeader } from './hosts/host-lines.ts'
import { layOut } from './layout.ts'
import { activeServices, type DashboardModel } from './model.ts'
import { headerLine } from './parts/header.ts'
import { logLines } from './parts/log.ts'
import { domainLines, totalLine } from './parts/progress.ts'
import { serviceLines } from './parts/services.ts'
import { statusLine } from './parts/status.ts'
import { treeLines, treeSize } from './parts/tree.ts'
import { vramLines } from './parts/vram.ts'
import type { FrameContext } from './screen-state.ts'
import { LEAST_COLUMNS, LEAST_ROWS } from './should-use.ts'

const WIDEST = 140

/** A frame, and what scrolling has to know of it. */
export interface Frame {
  lines: string[]
  /** Lines of the log window. */
  logRows: number
}

/**
 * The screen as lines, none wider than the terminal less one column (an erase at the very last column would take
 * a character) and never more than its rows less one.
 */
export function renderFrame(model: DashboardModel, context: FrameContext): Frame {
  const inside = { ...context, columns: context.columns - 1 }
  if (context.columns < LEAST_COLUMNS || context.rows < LEAST_ROWS) {
    // The terminal was made smaller than what the dashboard is started in.
    const lines = [totalLine(model, inside), statusLine(model, inside)]
    return { lines: lines.slice(-Math.max(1, context.rows - 1)), logRows: 1 }
  }
  const layout = layOut(context.rows - 1, {
    // Hosts of a divided run stand where one host has its GPUs and services.
    services: model.hosts?.parts.length ?? Math.max(1, activeServices(model.run).length),
    gpus: model.hosts === null ? Math.max(1, model.gpus?.length ?? 0) : 0,
    tree: treeSize(model),
  })
  // Names and their numbers, further apart than this, are hard to read together.
  const near = { ...inside, columns: Math.min(inside.columns, WIDEST) }
  const gap = (number: number): string[] => (layout.gaps >= number ? [''] : [])
  const lines = [
    ...(model.hosts === null
      ? [
          headerLine(model, near),
          ...vramLines(model, near, layout.gpus),
          ...serviceLines(model, near, layout.services),
        ]
      : [
          hostsHeader(model.hosts, model.run.begin?.plan.name ?? '', near),
          // The last of what a part has told takes whatever room there is.
          ...hostLines(model.hosts, inside, layout.services),
        ]),
    ...gap(1),
    ...treeLines(model, near, layout.tree),
    ...gap(2),
    ...logLines(model, inside, { rows: layout.log, rule: near.columns }),
    ...domainLines(model, near, layout.domain),
    totalLine(model, near),
    statusLine(model, near),
  ]
  return { lines: lines.slice(0, Math.max(1, context.rows - 1)), logRows: layout.log }
}
