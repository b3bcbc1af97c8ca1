import { expect, test } from 'vitest'
import { resolveOptions } from '../plugin/options.ts'
import { secondsOf, statedSeconds } from './duration.ts'
import { parseGateList } from './gates.ts'
import { readModelUri } from './model-uri.ts'
import { parsePlan } from './parse.ts'

test.for([
  ['30s', 30],
  ['10m', 600],
  ['10min', 600],
  ['1h30m', 5_400],
  ['1.5 h', 5_400],
  ['500ms', 0.5],
  ['2d', 172_800],
  ['0s', 0],
] as const)('%s are %f seconds', ([text, seconds]) => {
  expect(secondsOf(text)).toBe(seconds)
})

test.for(['', '30', 's', '-1s', '1h 30', '10 minutes', '1e3s'])('%j is no duration', (text) => {
  expect(secondsOf(text)).toBeNull()
})

test('durations stand wherever a plan has seconds', () => {
  const text = `name: x
settings:
  startup_timeout: 20m
  scenario_timeout: \${LIMIT}
  retention: { days: 30d }
services:
  a:
    command: a
    ready: { timeout: 1h }
    grace: 0s
gates: { max_ttft: 500ms, max_e2el: 1m, max_wer: 0.1 }
execution:
  - { domain: llm, loadouts: 'sim://small#load=1s#ttft=100ms' }
`
  const plan = parsePlan(text, 'plans/x.yaml', { env: { LIMIT: '90s' } })
  expect(plan.settings).toMatchObject({
    startup_timeout: 1_200,
    scenario_timeout: 90,
    retention: { days: 30 },
  })
  expect(plan.services['a']).toMatchObject({ ready: { timeout: 3_600 }, grace: 0 })
  const limits = plan.gates.map((gate) => [gate.name, 'limit' in gate ? gate.limit : null])
  expect(limits).toEqual([
    ['max_ttft', 0.5],
    ['max_e2el', 60],
    ['max_wer', 0.1],
  ])
  expect(plan.blocks[0]!.loadouts).toMatchObject([{ title: 'sim://small#load=1s#ttft=100ms' }])
})

test('gates on the command line and variables of the environment have them too', () => {
  expect(parseGateList('max_ttft=500ms', '--gates')).toMatchObject([{ limit: 0.5 }])
  expect(() => parseGateList('max_ttft=soon', '--gates')).toThrow(
    'to be a number of seconds, 0 or more, or a duration such as 500ms, got `soon`',
  )
  const env = { JARVIS_WAIT: '10m', JARVIS_IDLE: '1h' }
  expect(resolveOptions({}, '/project', env)).toMatchObject({ wait: 600, idle: 3_600 })
})

test('what is no duration is told with one that is', () => {
  const text = `name: x
settings: { scenario_timeout: 10 minutes, startup_timeout: 0s, retention: { days: 2h } }
gates: { max_wer: 1s }
execution: [{ domain: llm, loadouts: sim://small }]
`
  expect(() => parsePlan(text, 'plans/x.yaml', { env: {} })).toThrowErrorMatchingInlineSnapshot(`
    [JarvisError: plans/x.yaml:2:31  unexpected value of "scenario_timeout"
      2 | settings: { scenario_timeout: 10 minutes, startup_timeout: 0s, retention: { days: 2h } }
        |                               ^^^^^^^^^^
      expected a number of seconds, above 0 and up to 1000000, or a duration such as 30s or 10m

    plans/x.yaml:2:60  unexpected value of "startup_timeout"
      2 | settings: { scenario_timeout: 10 minutes, startup_timeout: 0s, retention: { days: 2h } }
        |                                                            ^^
      expected a number of seconds, above 0 and up to 1000000, or a duration such as 30s or 10m

    plans/x.yaml:2:83  unexpected value of "days"
      2 | settings: { scenario_timeout: 10 minutes, startup_timeout: 0s, retention: { days: 2h } }
        |                                                                                   ^^
      expected a whole number of days, 1 or more, such as 30 or 30d

    plans/x.yaml:3:19  unexpected value of "max_wer"
      3 | gates: { max_wer: 1s }
        |                   ^^
      expected a number, 0 or more]
  `)
  expect(readModelUri('sim://x#load=soon')).toHaveProperty('faults')
})

test('a person states seconds as a number or a duration, and nothing is not 0', () => {
  expect(['0', '1.5', '10m', '1h30m'].map(statedSeconds)).toEqual([0, 1.5, 600, 5_400])
  expect(['', ' ', '-1', 'soon', 'Infinity'].map(statedSeconds)).toEqual(
    Array.from({ length: 5 }, () => null),
  )
})
