import { expect, test } from 'vitest'
import { randomFrom } from '../../../test/support/random.ts'
import { simulatedNights } from '../../../test/support/simulated-nights.ts'
import { changePointsOf } from './change-points.ts'
import type { Night } from './index.ts'
import { markText } from './marks.ts'
import { timelineOf } from './timeline.ts'

function noise(seed: number, length: number, levels: (at: number) => number): number[] {
  const random = randomFrom(seed)
  return Array.from({ length }, (_, at) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return levels(at) + normal * 0.03
  })
}

test('of quiet series at most 5 % have a change told of them', () => {
  const alarms = Array.from({ length: 400 }, (_, seed) => noise(seed, 30, () => 0)).filter(
    (values) => changePointsOf(values, 0.05).length > 0,
  )
  // 5 % of 400, with what chance adds in one case of a thousand.
  expect(alarms.length).toBeLessThanOrEqual(34)
})

test('a step of 10 % is found over all nights, and dated to a night', () => {
  const found = Array.from({ length: 100 }, (_, seed) => {
    const values = noise(seed + 1_000, 30, (at) => (at < 15 ? 0 : Math.log(1.1)))
    return changePointsOf(values, 0.05 / 20)
  })
  const told = found.filter((points) => points.length > 0)
  expect(told.length).toBeGreaterThanOrEqual(95)
  const dated = told.filter(([first]) => Math.abs((first?.at ?? 0) - 15) <= 1)
  expect(dated.length / told.length).toBeGreaterThanOrEqual(0.9)
  const covering = told.filter(([first]) => {
    return (first?.low ?? 1) <= Math.log(1.1) && (first?.high ?? 0) >= Math.log(1.1)
  })
  expect(covering.length / told.length).toBeGreaterThanOrEqual(0.85)
})

test('what comes and goes is told with both its nights', () => {
  const values = noise(3, 40, (at) => (at >= 15 && at < 22 ? 0.3 : 0))
  expect(changePointsOf(values, 0.05 / 20).map(({ at }) => at)).toEqual([15, 22])
})

test('several loadouts that shift with a new driver are told together, beside what else is new', () => {
  const first = simulatedNights({ seed: 5, nights: 30, repeats: 1 })
  const nights = first.map((night, at): Night => {
    if (at < 12) return night
    const slower = new Set(['sim://model-0', 'sim://model-2'])
    const cases = night.cases.map((one) => {
      if (!slower.has(one.loadout)) return one
      const values = Object.entries(one.values).map(([key, value]) => {
        return [key, key === 'tps' ? value / 1.25 : value * 1.25]
      })
      return { ...one, values: Object.fromEntries(values) }
    })
    const facts = { ...night.facts, driver: '595.10' }
    return { ...night, facts, cases, texts: { 'a.scenario.ts': at < 20 ? 'x' : 'y' } }
  })
  const { shifts, marks, coincidences, breaks } = timelineOf(nights)
  expect(marks.map((mark) => `${mark.session} ${markText(mark)}`)).toEqual([
    `${nights[12]!.session} driver 590.44 → 595.10`,
    `${nights[20]!.session} text of scenarios: a.scenario.ts`,
  ])
  const speeds = shifts.filter(({ aspect }) => aspect === 'latency' || aspect === 'throughput')
  expect(speeds.map(({ loadout, aspect }) => `${loadout} ${aspect}`).toSorted()).toEqual([
    'sim://model-0 latency',
    'sim://model-0 throughput',
    'sim://model-2 latency',
    'sim://model-2 throughput',
  ])
  for (const { session, direction } of speeds) {
    expect(nights.slice(11, 14).map((night) => night.session)).toContain(session)
    expect(direction).toBe('worse')
  }
  expect(coincidences).toMatchObject([
    {
      session: nights[12]!.session,
      loadouts: [{ loadout: 'sim://model-0' }, { loadout: 'sim://model-2' }],
      marks: [{ what: 'driver' }],
    },
  ])
  // The last scenario of each loadout fails now and then, which is no break.
  expect(breaks.every(({ failed }) => failed < 3)).toBe(true)
})

test('a break tells its first night, the last good one and its fix', () => {
  const nights = simulatedNights({ seed: 5, nights: 12, repeats: 1 }).map((night, at): Night => {
    const cases = night.cases.map((one) => {
      const isBroken = one.key === 'llm|sim://model-1|scenario 3' && at >= 4 && at < 9
      return isBroken ? { ...one, passed: 0 } : one
    })
    return { ...night, cases }
  })
  expect(timelineOf(nights).breaks).toContainEqual({
    key: 'llm|sim://model-1|scenario 3',
    domain: 'llm',
    loadout: 'sim://model-1',
    name: 'scenario 3',
    first: nights[4]!.session,
    lastGood: nights[3]!.session,
    fixed: nights[9]!.session,
    failed: 5,
    nights: 12,
  })
})
