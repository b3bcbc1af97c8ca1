import { plot, type PlotOptions } from '@observablehq/plot'
import { fill, h } from './dom.ts'

/** Narrower than this a chart would not be readable; it scrolls instead. */
const NARROWEST = 320
/** Width on paper. */
const PRINT_WIDTH = 640

/** Draws each chart that there is at a width; without one at that of its place. */
const drawers = new Map<HTMLElement, (width?: number) => void>()

/** Draws all charts as wide as paper is; afterwards they are as wide as their places again. */
export function drawForPaper(): void {
  for (const draw of drawers.values()) draw(PRINT_WIDTH)
}

window.addEventListener('afterprint', () => {
  for (const draw of drawers.values()) draw()
})

/**
 * A drawing that follows the width of its place. The text says for those who do not see it what it shows.
 */
export function chart(
  about: string,
  options: (width: number) => PlotOptions,
  click?: (datum: unknown) => void,
): HTMLElement {
  const place = h('div', { class: 'chart' })
  let drawn = 0
  const draw = (width = Math.floor(place.clientWidth)): void => {
    if (width === drawn || width <= 0) return
    drawn = width
    const drawing = drawingOf({ ariaLabel: about, ...options(Math.max(NARROWEST, width)) })
    if (click !== undefined) {
      drawing.addEventListener('click', () => {
        const { value } = drawing as unknown as { value?: unknown }
        if (value !== null && value !== undefined) click(value)
      })
    }
    fill(place, drawing)
  }
  for (const other of drawers.keys()) {
    if (!other.isConnected && other.firstChild !== null) drawers.delete(other)
  }
  drawers.set(place, draw)
  new ResizeObserver(() => draw()).observe(place)
  return place
}

/** Plot gives each drawing a style element, which the page's policy refuses: the style sheet has its rules. */
function drawingOf(options: PlotOptions): SVGSVGElement | HTMLElement {
  const drawing = plot({ className: 'plot', ...options })
  for (const style of drawing.querySelectorAll('style')) style.remove()
  // It is one picture with one description: what its parts are named says nothing to a reader of screens.
  for (const part of drawing.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label')
  drawing.setAttribute('role', 'img')
  return drawing
}
