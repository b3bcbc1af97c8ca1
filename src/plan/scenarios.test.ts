import { expect, test } from 'vitest'
import { parsePlan } from './parse.ts'
import { matchScenarios, unmatchedScenariosError } from './scenarios.ts'

const stems = ['polish_explicit', 'english_std', 'polish_auto', 'b.1', 'bx1']

function match(...patterns: string[]): string[] {
  const scenarios = patterns.map((pattern) => ({ pattern, line: 1, column: 1 }))
  return matchScenarios({ scenarios }, stems).stems
}

test('without patterns all scenarios run in alphabetical order', () => {
  const sorted = ['b.1', 'bx1', 'english_std', 'polish_auto', 'polish_explicit']
  expect(matchScenarios({ scenarios: null }, stems)).toEqual({ stems: sorted, unmatched: [] })
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
  const plan = parsePlan(`\uFEFF${text}`, 'plans/x.yaml', { env: {} })
  const domains = plan.blocks.map((block) => {
    const existing = block.domain === 'llm' ? stems : []
    return { domain: block.domain, stems: existing, ...pick(matchScenarios(block, existing)) }
  })
  const error = unmatchedScenariosError(plan, domains)
  expect(error.code).toBe('PLAN_INVALID')
  expect(error.message).toMatchInlineSnapshot(`
    "plans/x.yaml:5:17  no scenario of llm is named "english_sdt"
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
      expected files named scenarios/tts/NAME.scenario.ts: there are none"
  `)
})

function pick({ unmatched }: ReturnType<typeof matchScenarios>) {
  return { unmatched }
}
