import { expect, test } from 'vitest'
import { simulatedNights } from '../../../test/support/simulated-nights.ts'
import { alarmRate, stepRate } from '../../../test/support/verdict-rates.ts'
import { type Night, type Verdict, verdictsOf } from './index.ts'

const QUIET = { seed: 7, nights: 15, repeats: 1 } as const

function verdictOf(nights: readonly Night[], aspect: string, loadout = 0): Verdict | undefined {
  const { verdicts } = verdictsOf(nights.at(-1) as Night, nights.slice(0, -1))
  return verdicts.find((one) => one.aspect === aspect && one.loadout === `sim://model-${loadout}`)
}

test('of quiet nights few have anything told of them, and most steps are told in time and dated', () => {
  // A sample; test/night-verdicts.long.test.ts has the 2,000 nights.
  const kind = { repeats: 1, isApart: true }
  const quiet = alarmRate(14, 60, kind)
  expect(quiet.alarms).toBeLessThanOrEqual(8)
  expect(quiet.coverage).toBeGreaterThan(0.92)
  const step = stepRate(14, 40, kind)
  expect(step.told).toBeGreaterThanOrEqual(0.8)
  expect(step.dated).toBeGreaterThanOrEqual(0.85)
})

test('a loadout has one verdict for each aspect', () => {
  const nights = simulatedNights(QUIET)
  const { verdicts, limit, leftOut } = verdictsOf(nights.at(-1) as Night, nights.slice(0, -1))
  const own = verdicts.filter(({ loadout }) => loadout === 'sim://model-0')
  expect(own.map(({ aspect, key }) => `${aspect}: ${key}`)).toEqual([
    'quality: pass_rate',
    'latency: ttft',
    'throughput: tps',
    'memory: vram_peak',
    'loading: setup_time',
  ])
  expect(verdicts).toHaveLength(20)
  expect(limit).toBeLessThan(0.05 / 16)
  expect(leftOut).toEqual([])
})

test('a step is told with its size, interval, number of nights, test and first night', () => {
  const nights = simulatedNights({ ...QUIET, step: { at: 13, size: 0.3 } })
  const verdict = verdictOf(nights, 'throughput')
  expect(verdict).toMatchObject({
    state: 'changed',
    direction: 'worse',
    since: nights[13]?.session,
    n: { scenarios: 20, before: 13, now: 2 },
    test: { name: "Student's t with moderated variance" },
    needs: null,
  })
  const { change } = verdict as Verdict
  expect(change?.low).toBeLessThan(1 / 1.3 - 1)
  expect(change?.high).toBeGreaterThan(1 / 1.3 - 1)
})

test('without a history nothing is told, and it says how many nights it takes', () => {
  const [first, second] = simulatedNights({ ...QUIET, step: { at: 1, size: 1 } }) as [Night, Night]
  const { verdicts } = verdictsOf(second, [first])
  expect(new Set(verdicts.map(({ state }) => state))).toEqual(new Set(['cannot_tell']))
  expect(verdicts[0]?.needs).toBe(
    'no history to tell it from noise: it takes 4 more whole nights of this host and plan',
  )
})

test('nights of another host or plan, partial ones and those that are not whole are left out and named', () => {
  const nights = simulatedNights(QUIET)
  const changed: Partial<Night>[] = [
    { host: { id: 'other', name: 'laptop' } },
    { plan: { name: 'Day', file: 'plans/day.yaml', sha256: null } },
    { kind: 'partial' },
    { verdict: 'died', sentence: 'The run was killed.' },
  ]
  const mixed = nights.map((night, at) => ({ ...night, ...changed[at] }))
  const { leftOut, nights: kept } = verdictsOf(mixed.at(-1) as Night, mixed.slice(0, -1))
  expect(leftOut.map(({ why }) => why)).toEqual([
    'of another host, laptop',
    'of another plan, Day',
    'not a run of a whole plan',
    'The run was killed.',
  ])
  expect(kept).toHaveLength(10)
})

test('a driver that is new is told with the change, which is held against the nights before it', () => {
  const nights = simulatedNights({ ...QUIET, step: { at: 14, size: 0.3 } })
  const tonight = nights.at(-1) as Night
  const updated = { ...tonight, facts: { ...tonight.facts, driver: '595.10' } }
  const verdict = verdictOf([...nights.slice(0, -1), updated], 'throughput')
  expect(verdict).toMatchObject({ state: 'changed', n: { before: 14, now: 1 } })
  expect(verdict?.sentence).toContain('driver 590.44 → 595.10')
})

test('adding a scenario changes no verdict', () => {
  const nights = simulatedNights({ ...QUIET, step: { at: 14, size: 0.3 } })
  const tonight = nights.at(-1) as Night
  const long = { ...tonight.cases[0]!, key: 'llm|sim://model-0|new', name: 'new' }
  const added = { ...long, values: { ttft: 9, duration: 900, tps: 1 } }
  const more = { ...tonight, cases: [...tonight.cases, added] }
  for (const aspect of ['latency', 'throughput', 'quality']) {
    const [without, with_] = [tonight, more].map((last) =>
      verdictOf([...nights.slice(0, -1), last], aspect),
    )
    expect(with_?.state).toBe(without?.state)
    expect(with_?.change?.size).toBeCloseTo(without?.change?.size ?? 0, 9)
  }
})

test('a number that was 0 has no rank', () => {
  const nights = simulatedNights(QUIET).map((night, at) => ({
    ...night,
    loadouts: night.loadouts.map((one) => ({
      ...one,
      values: { setup_time: at === 14 ? 3 : 0, vram_peak: at === 14 ? 5 : 0 },
    })),
  }))
  expect(verdictOf(nights, 'loading')).toMatchObject({ state: 'cannot_tell', change: null })
  expect(verdictOf(nights, 'memory')).toMatchObject({
    state: 'changed',
    change: { by: 'difference' },
  })
})

test('scenarios that fail for the first time are more than chance from three on', () => {
  const nights = simulatedNights(QUIET)
  const tonight = nights.at(-1) as Night
  const failing = (count: number): Night => {
    const broken = new Set(
      Array.from({ length: count }, (_, at) => `llm|sim://model-0|scenario ${at}`),
    )
    const cases = tonight.cases.map((one) => (broken.has(one.key) ? { ...one, passed: 0 } : one))
    return { ...tonight, cases }
  }
  const verdicts = [1, 4].map((count) =>
    verdictOf([...nights.slice(0, -1), failing(count)], 'quality'),
  )
  expect(verdicts.map((one) => one?.state)).toEqual(['cannot_tell', 'changed'])
  expect(verdicts[1]).toMatchObject({ key: 'pass_rate', direction: 'worse' })
})

test('an early baseline is held to by itself, with the noise of the nights since', () => {
  const nights = simulatedNights({ ...QUIET, step: { at: 1, size: 0.3 } })
  const [reference] = nights as [Night]
  const { verdicts } = verdictsOf(nights.at(-1) as Night, nights.slice(0, -1), { reference })
  const verdict = verdicts.find(({ key }) => key === 'tps')
  expect(verdict).toMatchObject({ state: 'changed', direction: 'worse', n: { before: 1, now: 3 } })
})

test('a baseline of another host is none to hold a night to, and it says so', () => {
  const nights = simulatedNights(QUIET)
  const reference = { ...(nights[3] as Night), host: { id: 'other', name: 'laptop' } }
  const { verdicts } = verdictsOf(nights.at(-1) as Night, nights.slice(0, -1), { reference })
  expect(new Set(verdicts.map(({ state }) => state))).toEqual(new Set(['cannot_tell']))
  expect(verdicts[0]?.needs).toBe(
    `${reference.session} is no night to hold it to: of another host, laptop`,
  )
})

test('a scenario whose text is another is not held against what it was, and a model of another digest is another', () => {
  const nights = simulatedNights({ ...QUIET, step: { at: 14, size: 0.5 } })
  const tonight = nights.at(-1) as Night
  const withTexts = nights.map((night, at) => ({
    ...night,
    texts: { 'a.scenario.ts': at === 14 ? 'new' : 'old', 'b.scenario.ts': 'same' },
    cases: night.cases.map((one, index) => ({
      ...one,
      file: index % 20 < 15 ? 'a.scenario.ts' : 'b.scenario.ts',
    })),
  }))
  expect(verdictOf(withTexts, 'throughput')).toMatchObject({
    state: 'changed',
    n: { scenarios: 5, before: 14 },
  })
  const digested = nights.map((night) => ({
    ...night,
    loadouts: night.loadouts.map((one) => ({
      ...one,
      digests: { [one.loadout]: night === tonight ? 'sha256:bbbb' : 'sha256:aaaa' },
    })),
  }))
  expect(verdictOf(digested, 'throughput')?.sentence).toContain(
    'and since then: digest of sim://model-0 aaaa → bbbb',
  )
})
