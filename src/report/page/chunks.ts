import { axisX, axisY, dot, gridY, ruleX, ruleY } from '@observablehq/plot'
import type { ResultDetail } from './data.ts'
import { h } from './dom.ts'
import { seconds } from './format.ts'
import { chart } from './plot.ts'

/** Bars that a chart can show apart; more are grouped and the longest wait of each group is drawn. */
const MOST_BARS = 240

interface Chunk {
  /** When it came, seconds after the request. */
  at: number
  /** How long it was waited for. */
  wait: number
  first: boolean
}

/** When each piece of a streamed reply came; null where it did not come in pieces. */
export function chunkChart({ metrics }: ResultDetail): HTMLElement | null {
  const { ttft, itl } = metrics
  if (typeof ttft !== 'number' || !Array.isArray(itl) || itl.length === 0) return null
  const chunks: Chunk[] = [{ at: ttft, wait: ttft, first: true }]
  let at = ttft
  for (const wait of itl) {
    at += wait
    chunks.push({ at, wait, first: false })
  }
  const bars = grouped(chunks)
  const about = `${chunks.length} chunks: the first after ${seconds(ttft)}, the last at ${seconds(at)}`
  return h(
    'section',
    { class: 'part' },
    h('h3', null, 'When it came'),
    h('p', { class: 'muted' }, `${about}. Each line is a chunk; its height is the wait for it.`),
    chart(about, (width) => ({
      width,
      height: 138,
      marginLeft: 44,
      marginBottom: 36,
      x: { domain: [0, at * 1.01] },
      marks: [
        gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 3 }),
        axisX({ label: 'seconds after the request', labelOffset: 34, tickSize: 0 }),
        axisY({ label: 'wait, ms', ticks: 3, tickSize: 0 }),
        ruleY([0], { stroke: 'var(--line-strong)' }),
        ruleX(bars, {
          x: 'at',
          y: (chunk: Chunk) => chunk.wait * 1_000,
          stroke: (chunk: Chunk) => (chunk.first ? 'var(--accent-2)' : 'var(--accent)'),
          strokeWidth: 1.5,
        }),
        dot(bars, {
          x: 'at',
          y: (chunk: Chunk) => chunk.wait * 1_000,
          r: 2,
          fill: (chunk: Chunk) => (chunk.first ? 'var(--accent-2)' : 'var(--accent)'),
          title: (chunk: Chunk) => `${seconds(chunk.at)}: after ${seconds(chunk.wait)}`,
        }),
      ],
    })),
  )
}

function grouped(chunks: readonly Chunk[]): Chunk[] {
  const size = Math.ceil(chunks.length / MOST_BARS)
  if (size === 1) return [...chunks]
  const groups: Chunk[] = []
  for (let at = 0; at < chunks.length; at += size) {
    const group = chunks.slice(at, at + size)
    groups.push(group.reduce((longest, chunk) => (chunk.wait > longest.wait ? chunk : longest)))
  }
  return groups
}
