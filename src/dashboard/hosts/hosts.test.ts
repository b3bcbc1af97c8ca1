import { createColors } from 'picocolors'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { foldEntry, newFold, sumOfFolds } from '../../events/index.ts'
import { progressionLines } from '../../session/index.ts'
import {
  ends,
  loading,
  loadout,
  type LoadoutNames,
  over,
  ready,
  runs,
  sample,
  started,
  stopped,
  Story,
} from '../fixtures/run.ts'
import { glyphsFor } from '../glyphs.ts'
import { type DashboardModel, newModel } from '../model.ts'
import { renderFrame } from '../render.ts'
import { newLogView } from '../screen-state.ts'
import { summaryLines } from '../summary.ts'
import { applyHosts } from './apply-hosts.ts'
import type { HostsView, PartNews, PartView } from './types.ts'

const small = loadout('llm', 'ollama://qwen2.5:0.5b')
const large = loadout('llm', 'vllm://Qwen/Qwen2-VL-2B-Instruct#ctx=16384')
const vision = loadout('vlm', 'vllm://Qwen/Qwen2-VL-2B-Instruct#ctx=16384')

function totals(each: LoadoutNames, total: number) {
  const { domain, loadout: name } = each
  return { type: 'totals' as const, total, loadouts: [{ domain, loadout: name, total }] }
}

function begun(each: LoadoutNames, total: number): Story {
  return new Story()
    .add(started('Night', [each]), totals(each, total), {
      type: 'domain_started',
      domain: each.domain,
    })
    .wait(1)
    .add(...loading(each))
    .wait(4)
    .add(...ready(each), sample([10.2]))
}

const STORIES = {
  running: () =>
    begun(small, 12).add(runs(small, 'polish'), ends(small, 'polish'), runs(small, 'french')),
  failed: () =>
    begun(large, 2)
      .add(ends(large, 'a'), ends(large, 'b', { status: 'FAILED' }))
      .add(...stopped(large), over('FAILED', 1, 1)),
  passed: () =>
    begun(vision, 1)
      .add(ends(vision, 'a'))
      .add(...stopped(vision), over('PASSED', 1, 0)),
}

type Given = {
  story?: keyof typeof STORIES
  life: PartView['life']
  silentFor?: number
  attempt?: number
}

function hostsOf(given: readonly Given[]): { view: HostsView; news: PartNews[]; now: number } {
  const news: PartNews[] = []
  let now = 0
  const parts = given.map(({ story, life, silentFor = 0, attempt = 1 }, at): PartView => {
    const index = at + 1
    const nothing = { host: null, session: null, attempt: 0, fold: null, sample: null }
    if (story === undefined) return { index, life, silentFor, ...nothing }
    const told = STORIES[story]()
    now = Math.max(now, told.now)
    const fold = newFold(`RUN_20260216_2312${index}`)
    for (const entry of told.entries) foldEntry(fold, entry)
    news.push({ index, entries: told.entries })
    const last = told.entries.findLast((entry) => entry.type === 'sample') ?? null
    const session = `/logs/${fold.session}`
    return { index, host: `node${index}`, session, life, silentFor, attempt, fold, sample: last }
  })
  return { view: { name: 'run 4711', parts }, news, now }
}

function modelOf(given: readonly Given[]): { model: DashboardModel; now: number } {
  const { view, news, now } = hostsOf(given)
  const model = newModel(now)
  applyHosts(model, view, news, progressionLines)
  return { model, now }
}

const FOUR: Given[] = [
  { story: 'running', life: 'running' },
  { story: 'failed', life: 'ended', attempt: 2 },
  { story: 'running', life: 'late', silentFor: 14 },
  { life: 'waiting' },
]
const MANY: Given[] = Array.from({ length: 64 }, (_, at): Given => {
  if (at === 40) return { story: 'running', life: 'dead', silentFor: 75 }
  if (at === 50) return { story: 'running', life: 'late', silentFor: 14 }
  if (at === 9) return { story: 'failed', life: 'ended' }
  if (at < 20) return { story: 'passed', life: 'ended' }
  return at < 60 ? { story: 'running', life: 'running' } : { life: 'waiting' }
})

function linesOf(given: readonly Given[], columns: number, rows: number): string[] {
  const { model, now } = modelOf(given)
  return renderFrame(model, {
    columns,
    rows,
    now,
    paint: createColors(false),
    glyphs: glyphsFor({}, 'linux'),
    links: false,
    remaining: 190,
    overrun: 0,
    hasKeys: true,
    quitWord: 'leave',
    view: newLogView(),
    serviceLog: null,
    directory: null,
  }).lines
}

describe.each([
  [60, 20],
  [80, 24],
  [200, 50],
])('at %d×%d', (columns, rows) => {
  test.each([
    ['four parts', FOUR],
    ['sixty-four parts', MANY],
  ])('the frame of %s', (_, given) => {
    const lines = linesOf(given, columns, rows)
    expect(lines.length).toBeLessThan(rows)
    for (const line of lines) expect(stringWidth(line)).toBeLessThan(columns)
    expect(`\n${lines.join('\n')}\n`).toMatchSnapshot()
  })
})

test('where not all hosts fit the dead and the late stand first, and the rest is one line', () => {
  const hosts = linesOf(MANY, 80, 24).filter((line) => /^. *\d+\/64 |more:/.test(line))
  expect(hosts[0]).toMatch(/^× 41\/64 node41 +dead, silent 1:15/)
  expect(hosts[1]).toMatch(/^◌ 51\/64 node51 +late, silent 0:14/)
  expect(hosts.at(-1)).toMatch(
    /^ {2}\+\d+ more: \d+ running, 4 not begun, 1 not passed, 19 passed$/,
  )
})

test('a loadout whose files are divided among parts is one loadout, with what they come to together', () => {
  const { view } = hostsOf([
    { story: 'running', life: 'running' },
    { story: 'running', life: 'running' },
    { story: 'passed', life: 'ended' },
  ])
  const folds = view.parts.map(({ fold }) => fold!)
  const sum = sumOfFolds('run 4711', folds, 3)
  expect(
    sum.loadouts.map(({ domain, loadout: name, done, expected, status }) => [
      domain,
      name,
      done,
      expected,
      status,
    ]),
  ).toEqual([
    ['llm', small.loadout, 2, 24, 'ready'],
    ['vlm', vision.loadout, 1, 1, 'stopped'],
  ])
  expect([sum.done, sum.expected, sum.counts.passed, sum.end]).toEqual([3, 25, 3, null])
  // The parts themselves stay as they are.
  expect(folds.map(({ done }) => done)).toEqual([1, 1, 1])
})

test('loadouts stand as the whole plan has them, whichever part has them', () => {
  const foldOf = (each: LoadoutNames, at: number) => {
    const fold = newFold('')
    const begin = started('Night', [{ ...each, at } as LoadoutNames])
    for (const entry of new Story().add(begin).entries) foldEntry(fold, entry)
    return fold
  }
  const sum = sumOfFolds('', [foldOf(vision, 2), foldOf(small, 0), foldOf(large, 1)], 3)
  expect(sum.loadouts.map(({ models }) => models)).toEqual(
    [small, large, vision].map(({ models }) => models),
  )
})

test('a run has ended when all of its parts have, as badly as the worst of them', () => {
  const { view } = hostsOf([
    { story: 'failed', life: 'ended' },
    { story: 'passed', life: 'ended' },
  ])
  const folds = view.parts.map(({ fold }) => fold!)
  expect(sumOfFolds('', folds, 3).end).toBeNull()
  expect(sumOfFolds('', folds, 2).end).toMatchObject({
    status: 'FAILED',
    counts: { passed: 2, failed: 1 },
    recorded_by: 'run',
  })
})

test('of a part that is dead nothing goes on, and with it the run has ended', () => {
  const { model } = modelOf([
    { story: 'running', life: 'dead', silentFor: 31 },
    { story: 'passed', life: 'ended' },
  ])
  expect([...model.run.running]).toEqual([])
  expect(model.run.loadouts.map(({ status }) => status)).toEqual(['stopped', 'stopped'])
  expect(model.run.end).toMatchObject({ status: 'DIED', counts: { passed: 2 } })
})

test('the summary names the session of each part, and logs by the session that they lie in', () => {
  const { model } = modelOf([{ story: 'failed', life: 'ended' }, { life: 'waiting' }])
  const wide = { columns: 100, paint: createColors(false), glyphs: glyphsFor({}, 'linux') }
  const files = { session: '/logs', workbook: null, report: null }
  const lines = summaryLines(model, files, { ...wide, links: false, cwd: '/' })
  expect(lines.slice(-3)).toEqual([
    '  × Part 1  node1  FAILED (1 passed, 1 failed) in 1:32',
    '      logs/RUN_20260216_23121',
    '  · Part 2  not begun',
  ])
})
