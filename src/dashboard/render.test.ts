import { createColors } from 'picocolors'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { progressionLines } from '../session/index.ts'
import { applyEntry } from './apply.ts'
import { SITUATIONS } from './fixtures/situations.ts'
import { glyphsFor } from './glyphs.ts'
import { type DashboardModel, newModel } from './model.ts'
import { renderFrame } from './render.ts'
import { type FrameContext, newLogView } from './screen-state.ts'

const SIZES = [
  [60, 16],
  [80, 24],
  [120, 40],
  [200, 50],
] as const

function modelOf(situation: string): { model: DashboardModel; now: number } {
  const story = SITUATIONS[situation]!()
  const model = newModel(story.now)
  for (const entry of story.entries) applyEntry(model, entry, progressionLines)
  return { model, now: story.now }
}

function contextOf(columns: number, rows: number, now: number): FrameContext {
  return {
    columns,
    rows,
    now,
    paint: createColors(false),
    glyphs: glyphsFor({}, 'linux'),
    links: false,
    remaining: 190,
    overrun: 0,
    hasKeys: true,
    quitWord: 'cancel',
    view: newLogView(),
    serviceLog: null,
    directory: null,
  }
}

describe.each(SIZES)('at %d×%d', (columns, rows) => {
  test.each(Object.keys(SITUATIONS))('the frame of: %s', (situation) => {
    const { model, now } = modelOf(situation)
    const { lines } = renderFrame(model, contextOf(columns, rows, now))
    expect(lines.length).toBeLessThan(rows)
    for (const line of lines) expect(stringWidth(line)).toBeLessThan(columns)
    expect(`\n${lines.join('\n')}\n`).toMatchSnapshot()
  })
})
