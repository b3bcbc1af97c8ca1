import { describe, expect, test } from 'vitest'
import type { JournalEntry, SessionEvent } from '../events/index.ts'
import { type PastTimes, RunEstimate } from './estimate.ts'

const START = Date.parse('2026-02-16T23:12:05.000+01:00')
const LOADOUTS = ['a', 'b'].map((loadout) => ({
  domain: 'llm' as const,
  loadout,
  models: [`sim://${loadout}`],
}))

/** Events at seconds of a run, told to an estimate. */
class Story {
  readonly estimate = new RunEstimate()
  #seq = 0

  at(second: number, event: SessionEvent): this {
    this.#seq += 1
    const time = new Date(START + second * 1_000).toISOString()
    this.estimate.apply({ seq: this.#seq, time, ...event, check: '00000000' } as JournalEntry)
    return this
  }

  remaining(second: number): number | null {
    return this.estimate.remaining(START + second * 1_000)
  }

  begin(total?: number): this {
    const plan = { name: 'Plan', file: 'plans/default.yaml' }
    const process = { pid: 1, process_start: null, command: 'vitest run' }
    const run = { session: 'RUN_20260216_231205', kind: 'plan' as const }
    this.at(0, { type: 'run_started', ...run, plan, loadouts: LOADOUTS, ...process })
    return total === undefined ? this : this.at(0, { type: 'totals', total })
  }

  ready(second: number, index: 0 | 1, setup = 2): this {
    const memory = { vram_prior: null, vram_loaded: null }
    this.at(second - setup, { type: 'loadout_starting', ...LOADOUTS[index]! })
    return this.at(second, {
      type: 'loadout_ready',
      ...LOADOUTS[index]!,
      setup_time: setup,
      ...memory,
    })
  }

  overrun(second: number): number {
    return this.estimate.overrun(START + second * 1_000)
  }

  start(second: number, loadout: string, name: string): this {
    const names = LOADOUTS.find((each) => each.loadout === loadout)!
    return this.at(second, {
      type: 'scenario_started',
      id: id(loadout, name),
      name,
      file: name,
      ...names,
    })
  }

  end(second: number, loadout: string, name: string): this {
    const result = { id: id(loadout, name), domain: 'llm', loadout, status: 'PASSED' }
    return this.at(second, {
      type: 'scenario_ended',
      domain: 'llm',
      result,
    } as unknown as SessionEvent)
  }

  stopped(second: number, index: 0 | 1, cleanup = 1): this {
    const stop = { run_time: 4, cleanup_time: cleanup, vram_after: null }
    return this.at(second, { type: 'loadout_stopped', ...LOADOUTS[index]!, ...stop })
  }
}

const id = (loadout: string, name: string): string => `llm|sim://${loadout}|${name}|${name}|0`

const cleanup = (seconds: number) => ({ setup: 3, run: 6, cleanup: seconds })

/** Two scenarios on each loadout: 2 s and 4 s on `a`, 1 s and 1 s on `b`; 3 s of setup, 1 s of cleanup. */
function past(): PastTimes {
  const scenarios = new Map([
    [id('a', 'one'), { loadout: 'llm|a', file: 'x', duration: 2 }],
    [id('a', 'two'), { loadout: 'llm|a', file: 'x', duration: 4 }],
    [id('b', 'one'), { loadout: 'llm|b', file: 'x', duration: 1 }],
    [id('b', 'two'), { loadout: 'llm|b', file: 'x', duration: 1 }],
  ])
  const loadouts = new Map([
    ['llm|a', { setup: 3, run: 6, cleanup: 1 }],
    ['llm|b', { setup: 3, run: 4, cleanup: 1 }],
  ])
  return { scenarios, loadouts }
}

describe('with earlier runs', () => {
  test('a run is as long as it was, with what the clock showed beyond the scenarios', () => {
    const story = new Story().begin(4)
    story.estimate.learn(past())
    // a: 3 + 6 + 1; b: 3 + 4 (its scenarios took 2 of them) + 1
    expect(story.remaining(0)).toBe(18)
  })

  test('it counts down while a loadout starts and while a scenario runs', () => {
    const story = new Story().begin(4)
    story.estimate.learn(past())
    story.at(1, { type: 'loadout_starting', ...LOADOUTS[0]! })
    expect(story.remaining(2)).toBe(17)
    story.ready(4, 0, 3)
    story.start(4, 'a', 'one')
    expect(story.remaining(5)).toBe(14)
  })

  test('a scenario that outlasts what was expected holds it where it is', () => {
    const story = new Story().begin(4)
    story.estimate.learn(past())
    story.ready(3, 0, 3)
    story.start(3, 'a', 'one')
    expect(story.remaining(5)).toBe(13)
    expect(story.remaining(50)).toBe(13)
    story.end(51, 'a', 'one')
    expect(story.remaining(51)).toBe(13)
  })

  test('it tells by how much what goes on has outlasted what was expected', () => {
    const story = new Story().begin(4)
    story.estimate.learn(past())
    story.at(0, { type: 'loadout_starting', ...LOADOUTS[0]! })
    expect([story.overrun(3), story.overrun(5)]).toEqual([0, 2])
    story.ready(5, 0, 5).start(5, 'a', 'one')
    expect([story.overrun(6), story.overrun(10)]).toEqual([0, 3])
    story.end(10, 'a', 'one')
    expect(story.overrun(10)).toBe(0)
  })

  test('after the last result the cleanup counts down', () => {
    const story = new Story().begin(2)
    story.estimate.learn({ ...past(), loadouts: new Map([['llm|a', cleanup(8)]]) })
    story.ready(3, 0, 3).end(5, 'a', 'one').end(9, 'a', 'two')
    story.stopped(9, 1)
    expect([story.remaining(9), story.remaining(12), story.remaining(30)]).toEqual([8, 5, 0])
  })

  test('what they are learned late leaves out what is done', () => {
    const story = new Story().begin(4).ready(3, 0, 3).end(5, 'a', 'one')
    story.estimate.learn(past())
    expect(story.remaining(5)).toBe(13)
  })

  test('scenarios that are new take what the others took', () => {
    const story = new Story().begin(5)
    story.estimate.learn(past())
    // The four took 6 + 4 s.
    expect(story.remaining(0)).toBe(18 + 10 / 4)
  })

  test('a part of the plan takes a part of the time', () => {
    const story = new Story().begin(2)
    story.estimate.learn(past())
    // Half of the scenarios, which take 6 + 4 s, and all that is around them.
    expect(story.remaining(0)).toBe(13)
  })
})

describe('without earlier runs', () => {
  test('nothing is known before the first result', () => {
    const story = new Story().begin(4)
    story.estimate.learn(null)
    expect(story.remaining(0)).toBe(null)
    expect(story.ready(2, 0).remaining(3)).toBe(null)
  })

  test('each further result takes what the results so far took', () => {
    const story = new Story().begin(4).ready(2, 0).end(4, 'a', 'one')
    // 3 results of 2 s, and the setup of the other loadout
    expect(story.remaining(4)).toBe(8)
    expect(story.remaining(5)).toBe(7)
    story.end(6, 'a', 'two').stopped(7, 0)
    expect(story.remaining(7)).toBeLessThanOrEqual(7)
  })
})

test('of what is new and takes longer than all others nothing is known', () => {
  const story = new Story().begin(2).ready(2, 0).end(4, 'a', 'one').start(4, 'a', 'two')
  story.stopped(4, 1, 0)
  expect(story.remaining(5)).toBe(1)
  expect(story.remaining(60)).toBe(null)
})

test('it goes up only where there is a cause', () => {
  const story = new Story().begin(4)
  story.estimate.learn(past())
  story.ready(2, 0, 2)
  const shown: number[] = []
  for (let second = 2; second < 9; second += 0.5) shown.push(story.remaining(second)!)
  expect(shown).toEqual(shown.toSorted((a, b) => b - a))
  const before = story.remaining(9)!
  story.at(9, { type: 'totals', total: 8 }).end(9, 'a', 'one')
  expect(story.remaining(9)).toBeGreaterThan(before)
})

test('a run that is cancelled or over has no rest', () => {
  const story = new Story().begin(4).ready(2, 0).end(4, 'a', 'one')
  story.at(5, { type: 'cancelled', reason: 'the run got SIGINT' })
  expect(story.remaining(5)).toBe(null)
})
