import { expect, test } from 'vitest'
import type { Shift, Timeline } from '../nights/timeline.ts'
import { axisOf } from './axis.ts'

const HEAD = { domain: 'llm', aspect: 'latency', key: 'ttft', title: 'TTFT', unit: 's' } as const

function shift(loadout: string, session: string): Shift {
  const change = { by: 'ratio', size: 0.3, low: 0.2, high: 0.4 } as const
  const nights = { before: 9, after: 5 }
  return { ...HEAD, loadout, session, last: 'RUN_1', direction: 'worse', change, nights }
}

test('loadouts that changed together are one line, of which their own are parts', () => {
  const loadouts = ['sim://a', 'sim://b'].map((loadout) => ({ domain: HEAD.domain, loadout }))
  const driver = { session: 'RUN_2', what: 'driver', before: '590.44', after: '595.10' }
  const timeline: Timeline = {
    nights: ['RUN_1', 'RUN_2', 'RUN_3'],
    shifts: [shift('sim://a', 'RUN_2'), shift('sim://b', 'RUN_2'), shift('sim://a', 'RUN_3')],
    breaks: [],
    marks: [driver],
    coincidences: [{ session: 'RUN_2', loadouts, marks: [driver] }],
  }
  const told = axisOf(timeline).filter(({ isPart }) => isPart !== true)
  expect(told.map(({ session, text }) => `${session} ${text}`)).toEqual([
    'RUN_2 driver 590.44 → 595.10',
    'RUN_2 2 loadouts changed together, with driver 590.44 → 595.10: llm sim://a, llm sim://b',
    'RUN_3 slower: llm sim://a TTFT +30 % (95 % +20 % to +40 %), 9 nights before and 5 from then on',
  ])
  expect(axisOf(timeline)).toHaveLength(5)
})
