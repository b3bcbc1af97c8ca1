import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import type { ScenarioStatus } from '../events/index.ts'
import { outcomeColour } from '../cli/sessions/table.ts'
import { progressionLines } from '../session/index.ts'
import { applyEntry } from './apply.ts'
import { ends, loadout, started, Story } from './fixtures/run.ts'
import { glyphsFor } from './glyphs.ts'
import { newModel } from './model.ts'
import { linePainter } from './plain-lines.ts'
import { renderFrame } from './render.ts'
import { newLogView } from './screen-state.ts'
import { summaryLines } from './summary.ts'

const paint = createColors(true)
const CODES = { '31': 'red', '32': 'green', '33': 'yellow', '34': 'blue', '35': 'magenta' }

/** What stands in colours in some lines: `colour: text`. */
function coloured(lines: readonly string[]): string[] {
  return lines.flatMap((line) =>
    // oxlint-disable-next-line no-control-regex -- colours are such characters
    [...line.matchAll(/\u{1b}\[(3[1-5])m([^\u{1b}]*)/gu)].map(([, code = '', text = '']) => {
      return `${CODES[code as keyof typeof CODES]}: ${text.trim()}`
    }),
  )
}

/** A run of one loadout with one result of this status. */
function runOf(status: ScenarioStatus): Story {
  const names = loadout('llm', 'sim://small')
  const result = ends(names, 'one', { status, duration: null, setup_time: null })
  return new Story().add(started('One', [names]), { type: 'totals', total: 2 }, result)
}

function modelOf(story: Story) {
  const model = newModel(story.now)
  for (const entry of story.entries) applyEntry(model, entry, progressionLines)
  return model
}

test.each([
  ['MISSING', 'magenta'],
  ['FAILED', 'red'],
  ['INTERRUPTED', 'yellow'],
] as const)(
  '%s is %s in the tree, the bars, the log, the summary, plain lines and lists',
  (status, colour) => {
    const story = runOf(status)
    const word = status.toLowerCase()
    const glyphs = glyphsFor({}, 'linux')
    const size = { columns: 120, rows: 30, now: story.now }
    const shown = { links: false, remaining: null, overrun: 0, hasKeys: true, quitWord: 'cancel' }
    const files = { serviceLog: null, directory: null }
    const context = { ...size, ...shown, ...files, paint, glyphs, view: newLogView() }
    const frame = coloured(renderFrame(modelOf(story), context).lines)
    expect(frame).toContain(`${colour}: 1 ${word}`)
    const [line] = progressionLines(story.entries.at(-1)!)
    expect(frame).toContainEqual(expect.stringMatching(`^${colour}: Scenario one: ${status}`))
    expect(coloured([linePainter({ FORCE_COLOR: '1' }, {})(line!)])).toEqual([
      `${colour}: ${line!.trim()}`,
    ])
    const summary = summaryLines(
      modelOf(story),
      { session: '/logs/RUN_1', workbook: null, report: null },
      { ...size, paint, glyphs, links: false, cwd: '/' },
    )
    expect(coloured(summary)).toContain(`${colour}: ${status}`)
    expect(coloured([outcomeColour(paint, word)(word)])).toEqual([`${colour}: ${word}`])
    const others = ['magenta', 'yellow'].filter((other) => other !== colour)
    for (const other of others)
      expect([...frame, ...coloured(summary)].join('\n')).not.toMatch(other)
  },
)

test('what a scenario is called does not make its line that of a missing one', () => {
  const line = '[10:00:00] [ERROR] Error: Scenario one: MISSING is not a word\n'
  expect(coloured([linePainter({ FORCE_COLOR: '1' }, {})(line)])).toEqual([`red: ${line.trim()}`])
})
