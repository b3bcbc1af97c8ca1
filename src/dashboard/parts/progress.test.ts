import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { glyphsFor } from '../glyphs.ts'
import { newModel } from '../model.ts'
import { type FrameContext, newLogView } from '../screen-state.ts'
import { totalLine } from './progress.ts'

const NOW = Date.UTC(2026, 1, 16, 23, 12, 5)

function lineOf(done: number, change: Partial<FrameContext>): string {
  const model = newModel(NOW)
  const time = new Date(NOW - 65_000).toISOString()
  const run = { session: '', kind: 'plan', plan: { name: '', file: '' }, loadouts: [] } as const
  const process = { pid: 1, process_start: null, command: '' }
  model.run.begin = { type: 'run_started', ...run, loadouts: [], ...process, time }
  Object.assign(model.run, { expected: 4, done })
  return totalLine(model, {
    columns: 79,
    rows: 24,
    now: NOW,
    paint: createColors(false),
    glyphs: glyphsFor({}, 'linux'),
    links: false,
    remaining: null,
    overrun: 0,
    hasKeys: true,
    quitWord: 'cancel',
    view: newLogView(),
    serviceLog: null,
    directory: null,
    ...change,
  })
}

test.each([
  ['nothing that is not known', 1, { remaining: null }, ' 1:05'],
  ['what is left', 1, { remaining: 70.9 }, ' 1:05, ~1:10 left'],
  ['never that nothing is left while something runs', 3, { remaining: 0 }, ' 1:05, ~0:01 left'],
  ['that it may be more', 3, { remaining: 5, overrun: 60 }, ' 1:05, ~0:05+ left'],
  ['that the last one should be over', 3, { remaining: 0.2, overrun: 60 }, ' 1:05, overdue'],
  ['that all results are there', 4, { remaining: 0.2, overrun: 60 }, ' 1:05, finishing'],
  [
    'the same in more words where there is room',
    3,
    { remaining: 0, overrun: 9, columns: 119 },
    ' 1:05 elapsed, longer than expected',
  ],
])('the bar of the run tells %s', (_, done, change, expected) => {
  expect(lineOf(done, change).endsWith(expected)).toBe(true)
})
