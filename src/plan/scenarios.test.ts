import { expect, test } from 'vitest'
import type { Domain } from '../events/index.ts'
import { parsePlan } from './parse.ts'
import { matchScenarios, type ScenarioFiles } from './scenarios.ts'

const stems = ['polish_explicit', 'english_std', 'polish_auto', 'b.1', 'bx1']

function match(...patterns: string[]): string[] {
  return matchScenarios({ scenarios: patterns }, stems)
}

test('without patterns all scenarios run in alphabetical order', () => {
  const sorted = ['b.1', 'bx1', 'english_std', 'polish_auto', 'polish_explicit']
  expect(matchScenarios({ scenarios: null }, stems)).toEqual(sorted)
})

test('the order is that of the patterns, and alphabetical within a glob', () => {
  expect(match('polish_*', 'english_std')).toEqual([
    'polish_auto',
    'polish_explicit',
    'english_std',
  ])
  expect(match('polish_explicit', '*_*')).toEqual(['polish_explicit', 'english_std', 'polish_auto'])
  expect(match('b.1')).toEqual(['b.1'])
  expect(match('b?1')).toEqual(['b.1', 'bx1'])
})

test('all patterns that name nothing are told at once, where they stand', () => {
  const text = `name: x
execution:
  - domain: llm
    loadouts: [sim://a]
    scenarios: [english_sdt, english_std, "french_*", polish_auto.scenario.ts]
  - domain: tts
    loadouts: [sim://a]
    scenarios: speak
`
  const scenarios = filesOf({ llm: stems })
  expect(() => parsePlan(`\uFEFF${text}`, 'plans/x.yaml', { env: {}, scenarios }))
    .toThrowErrorMatchingInlineSnapshot(`
      [JarvisError: plans/x.yaml:5:17  no scenario of llm is named "english_sdt"
        5 |     scenarios: [english_sdt, english_std, "french_*", polish_auto.scenario.ts]
          |                 ^^^^^^^^^^^
        expected one of: b.1, bx1, english_std, polish_auto, polish_explicit
        did you mean "english_std"?

      plans/x.yaml:5:44  no scenario of llm is named "french_*"
        5 |     scenarios: [english_sdt, english_std, "french_*", polish_auto.scenario.ts]
          |                                            ^^^^^^^^
        expected one of: b.1, bx1, english_std, polish_auto, polish_explicit

      plans/x.yaml:5:55  no scenario of llm is named "polish_auto.scenario.ts"
        5 |     scenarios: [english_sdt, english_std, "french_*", polish_auto.scenario.ts]
          |                                                       ^^^^^^^^^^^^^^^^^^^^^^^
        expected one of: b.1, bx1, english_std, polish_auto, polish_explicit
        did you mean "polish_auto"?

      plans/x.yaml:8:16  no scenario of tts is named "speak"
        8 |     scenarios: speak
          |                ^^^^^
        expected files named scenarios/tts/NAME.scenario.ts: there are none]
    `)
})

test('what no scenario has is told with the other mistakes, all domains at once', () => {
  const text = `name: x
settings: { retry: soon }
execution:
  - { domain: tts, loadouts: [sim://a] }
  - { domain: llm, loadouts: [sim://a#bogus], scenarios: [english_sdt, 5, "\${UNSET}_*"] }
  - { domain: llmm, loadouts: [sim://a], scenarios: [anything] }
  - { domain: stt, loadouts: [sim://a], scenarios: [all] }
  - { domain: llm, loadouts: [sim://b], scenarios: all }
`
  const scenarios = filesOf({ llm: stems })
  expect(() => parsePlan(text, 'plans/x.yaml', { env: {}, scenarios }))
    .toThrowErrorMatchingInlineSnapshot(`
      [JarvisError: plans/x.yaml:2:20  unexpected value of "retry"
        2 | settings: { retry: soon }
          |                    ^^^^
        expected a whole number, 0 or more

      plans/x.yaml:4:15  there are no scenarios of tts
        4 |   - { domain: tts, loadouts: [sim://a] }
          |               ^^^
        expected a file such as scenarios/tts/first.scenario.ts, or the domain taken out of the plan

      plans/x.yaml:5:38  sim:// has no flag #bogus
        5 |   - { domain: llm, loadouts: [sim://a#bogus], scenarios: [english_sdt, 5, "\${UNSET}_*"] }
          |                                      ^^^^^^
        expected one of: #api, #channels, #cpu_share, #fault, #format, #load, #load_eager, #memory, #omit, #rate, #sample_rate, #seed, #stream, #ttft, #voice

      plans/x.yaml:5:59  no scenario of llm is named "english_sdt"
        5 |   - { domain: llm, loadouts: [sim://a#bogus], scenarios: [english_sdt, 5, "\${UNSET}_*"] }
          |                                                           ^^^^^^^^^^^
        expected one of: b.1, bx1, english_std, polish_auto, polish_explicit
        did you mean "english_std"?

      plans/x.yaml:5:72  unexpected value
        5 |   - { domain: llm, loadouts: [sim://a#bogus], scenarios: [english_sdt, 5, "\${UNSET}_*"] }
          |                                                                        ^
        expected the name of a scenario

      plans/x.yaml:5:76  the environment variable UNSET is not set
        5 |   - { domain: llm, loadouts: [sim://a#bogus], scenarios: [english_sdt, 5, "\${UNSET}_*"] }
          |                                                                            ^^^^^^^^
        expected export UNSET=value ($env:UNSET = 'value' in PowerShell) before the run, or a default: \${UNSET:-value}

      plans/x.yaml:6:15  there are no scenarios of llmm
        6 |   - { domain: llmm, loadouts: [sim://a], scenarios: [anything] }
          |               ^^^^
        expected a file such as scenarios/llmm/first.scenario.ts, or the domain taken out of the plan
        did you mean "llm"?

      plans/x.yaml:7:15  there are no scenarios of stt
        7 |   - { domain: stt, loadouts: [sim://a], scenarios: [all] }
          |               ^^^
        expected a file such as scenarios/stt/first.scenario.ts, or the domain taken out of the plan]
    `)
})

function filesOf(named: Partial<Record<Domain, string[]>>): ScenarioFiles {
  const entries = Object.entries(named) as [Domain, string[]][]
  return new Map(
    entries.map(([name, all]) => [name, new Map(all.map((stem) => [stem, `/${stem}.ts`]))]),
  )
}
