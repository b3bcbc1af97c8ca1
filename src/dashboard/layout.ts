/** How many lines each part of the frame has. */
export interface Layout {
  services: number
  gpus: number
  tree: number
  /** Without its title. */
  log: number
  domain: number
  /** Blank lines between the parts. */
  gaps: number
}

/** How many lines each part would like. */
export interface Wishes {
  services: number
  gpus: number
  tree: number
}

/** Header, title of the log, bar of the run, status. */
const ALWAYS = 4
export const LOG_LINES = 10
const GAPS = 2

/**
 * Shares the lines of a frame out. What is granted last gives way first: blank lines, lines of the tree beyond ten, of
 * the log beyond five, of the tree beyond four, GPUs and services beyond two, the fifth line of the log, the fourth
 * of the tree, the second service and GPU. At 60×16 the log still has four lines and the tree three.
 */
export function layOut(rows: number, wishes: Wishes): Layout {
  const layout: Layout = { services: 0, gpus: 0, tree: 0, log: 0, domain: 0, gaps: 0 }
  const wanted = { ...wishes, log: LOG_LINES, domain: 1, gaps: GAPS }
  let room = rows - ALWAYS
  const grant = (part: keyof Layout, upTo: number): void => {
    const more = Math.min(room, Math.min(upTo, wanted[part]) - layout[part])
    if (more <= 0) return
    layout[part] += more
    room -= more
  }
  grant('log', 3)
  grant('tree', 2)
  grant('gpus', 1)
  grant('services', 1)
  grant('domain', 1)
  grant('log', 4)
  grant('tree', 3)
  grant('gpus', 2)
  grant('services', 2)
  grant('tree', 4)
  grant('log', 5)
  grant('services', wishes.services)
  grant('gpus', wishes.gpus)
  grant('tree', 10)
  grant('log', LOG_LINES)
  grant('tree', wishes.tree)
  grant('gaps', GAPS)
  return layout
}
