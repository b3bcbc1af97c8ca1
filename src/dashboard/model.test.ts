import { expect, test } from 'vitest'
import { type Domain, statusOf } from '../events/index.ts'
import { progressionLines } from '../session/index.ts'
import { applyEntry } from './apply.ts'
import {
  ends,
  loading,
  loadout,
  ready,
  runs,
  sample,
  started,
  stopped,
  Story,
} from './fixtures/run.ts'
import { activeServices, type DashboardModel, newModel } from './model.ts'
import { totalOf } from './parts/tree.ts'

function modelOf(story: Story): DashboardModel {
  const model = newModel(story.now)
  for (const entry of story.entries) applyEntry(model, entry, progressionLines)
  return model
}

const small = loadout('llm', 'sim://small')

test('what is kept does not grow with the number of results', () => {
  const names = Array.from({ length: 60 }, (_, index) => loadout('llm', `sim://model-${index}`))
  const story = new Story().add(started('Long', names))
  const message = 'x'.repeat(10_000)
  for (let count = 0; count < 10_000; count += 1) {
    const failure = { status: 'FAILED' as const, errors: [{ message }] }
    const each = names[count % names.length]!
    story.add(runs(each, `scenario_${count}`), ends(each, `scenario_${count}`, failure))
  }
  const model = modelOf(story)
  expect(model.run).toMatchObject({ done: 10_000, counts: { failed: 10_000 } })
  expect(model.run.loadouts).toHaveLength(60)
  expect(model.run.running.size).toBe(0)
  expect(model.run.causes.size).toBeLessThanOrEqual(1_000)
  expect(model.slowest).toHaveLength(5)
  expect(model.story.lines.length).toBeLessThanOrEqual(2_000)
  expect(model.errors.lines.length).toBeLessThanOrEqual(600)
  const texts = [...model.story.lines, ...model.errors.lines].join('').length
  expect(texts).toBeLessThan(2_600 * 500)
})

test('prior and peak of a GPU begin anew with each loadout', () => {
  const other = loadout('llm', 'sim://other')
  const story = new Story()
    .add(started('GPU', [small, other]), sample([0.5]), ...loading(small))
    .add(sample([8]), sample([6]))
  expect(modelOf(story).gpus).toMatchObject([{ used: 6, prior: 0.5, peak: 8 }])
  story.add(...stopped(small), sample([0.7]), ...loading(other), sample([3]))
  expect(modelOf(story).gpus).toMatchObject([{ used: 3, prior: 0.7, peak: 3 }])
})

test('prior is what the GPUs held before the loadout, whatever the samples before it say', () => {
  const other = loadout('llm', 'sim://other')
  const starting = (names: typeof other, ...held: (number | null)[]) => ({
    type: 'loadout_starting' as const,
    ...names,
    gpus: held.map((vram_used, index) => ({ index, vram_used })),
  })
  // The first sample of a session that finds its loadout up, as in watch mode.
  const story = new Story()
    .add(started('GPU', [small, other]), starting(small, 0.5, 8), ...ready(small), sample([6, 8]))
    .add(sample([7, 8]))
  expect(modelOf(story).gpus).toMatchObject([
    { used: 7, prior: 0.5, peak: 7 },
    { used: 8, prior: 8, peak: 8 },
  ])
  // The last sample of the loadout before was taken while that was still there.
  story.add(...stopped(small), starting(other, 0.7, null), sample([3, 9]))
  expect(modelOf(story).gpus).toMatchObject([
    { used: 3, prior: 0.7, peak: 3 },
    { used: 9, prior: 8, peak: 9 },
  ])
})

test('what a loadout will need is marked from before it is loaded until it is up', () => {
  const GIB = 1024 ** 3
  const of = (model: string, bytes: number | null, ...gpus: number[]) => {
    const about = { parts: [], rests_on: [], verdict: 'fits' as const, largest_context: null }
    return { ...about, model, bytes, gpus }
  }
  const foreseen = {
    type: 'memory_foreseen' as const,
    domain: small.domain,
    loadout: small.loadout,
    needs: [of('a', 4 * GIB, 0), of('b', 20 * GIB, 0, 1), of('c', null, 1)],
    bytes: null,
    free: null,
    total: null,
    memory: 'gpu' as const,
    verdict: 'unknown' as const,
  }
  const story = new Story().add(started('GPU', [small]), sample([0.5, 1]))
  expect(modelOf(story).gpus).toMatchObject([{ need: null }, { need: null }])
  story.add(foreseen)
  expect(modelOf(story).gpus).toMatchObject([{ need: 14.5 }, { need: 11 }])
  story.add(...loading(small), sample([8, 1]))
  expect(modelOf(story).gpus).toMatchObject([
    { need: 14.5, used: 8 },
    { need: 11, used: 1 },
  ])
  story.add(...ready(small), sample([14, 11]))
  expect(modelOf(story).gpus).toMatchObject([{ need: null }, { need: null }])
})

test('a loadout of which nothing is started leaves prior and peak as they are', () => {
  const absent = loadout('llm', 'native://absent')
  const failure = { code: 'MISSING', message: 'not here', last_lines: [] }
  const story = new Story()
    .add(started('GPU', [small, absent]), sample([0.5]), ...loading(small), sample([6]))
    .add({ type: 'loadout_starting', ...absent }, { type: 'loadout_failed', ...absent, ...failure })
  expect(modelOf(story).gpus).toMatchObject([{ used: 6, prior: 0.5, peak: 6 }])
})

test('as long as it is not known whether there is a GPU, none is shown as there', () => {
  const story = new Story().add(started('GPU', [small]), sample([], { stale: true }))
  expect(modelOf(story)).toMatchObject({ gpus: null, cpu: 0.12 })
  story.add(sample([]))
  expect(modelOf(story).gpus).toEqual([])
  story.add(sample([0.5]))
  expect(modelOf(story).gpus).toMatchObject([{ used: 0.5, prior: 0.5 }])
})

test('a run is not done where the results of some of its loadouts alone are known', () => {
  const other = loadout('vlm', 'sim://vision')
  const totals = (...loadouts: { domain: Domain; loadout: string; total: number }[]) => ({
    type: 'totals' as const,
    total: loadouts.reduce((sum, { total }) => sum + total, 0),
    loadouts,
  })
  const story = new Story().add(started('Two', [small, other]), ends(small, 'one'))
  story.add(totals({ domain: 'llm', loadout: small.loadout, total: 1 }))
  expect(totalOf(modelOf(story))).toBe(null)
  const all = [small, other].map((each) => ({ ...each, total: 1 }))
  story.add(totals(...all))
  expect(totalOf(modelOf(story))).toBe(2)
})

test('a run that died has no loadout that goes on', () => {
  const counts = { passed: 0, failed: 0, skipped: 0, missing: 0, interrupted: 1 }
  const died = { type: 'run_ended', status: 'DIED', counts, duration: 1 } as const
  const story = new Story().add(started('Died', [small]), ...loading(small), ...ready(small))
  story.add({ ...died, recorded_by: 'watchdog' })
  const { run } = modelOf(story)
  expect(activeServices(run)).toEqual([])
  expect(run.loadouts.map((each) => [statusOf(each, run), each.runTime])).toEqual([
    ['stopped', null],
  ])
})

test('a service is shown from its start to its end', () => {
  const story = new Story().add(started('One', [small]), ...loading(small))
  expect(modelOf(story)).toMatchObject({
    action: { text: 'Loading sim://small' },
    run: { services: [{ name: 'small', port: 8_000, state: 'starting', rss: null, vram: null }] },
  })
  story.add(...ready(small))
  expect(activeServices(modelOf(story).run)).toMatchObject([
    { state: 'ready', rss: null, vram: null },
  ])
  const { pid } = activeServices(modelOf(story).run)[0]!
  story.add(
    sample([3], { services: [{ service: 'small', pid, rss: 0.61, vram: 2.1 }] }),
    sample([3]),
  )
  expect(activeServices(modelOf(story).run)).toMatchObject([{ rss: 0.61, vram: 2.1 }])
  story.add(...stopped(small))
  const { run } = modelOf(story)
  expect(activeServices(run)).toEqual([])
  const times = { setupTime: 3.1, runTime: 12.3, cleanupTime: 0.4 }
  expect(run.loadouts).toMatchObject([{ status: 'stopped', ...times }])
})
