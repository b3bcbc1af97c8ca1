import { expect, test } from 'vitest'
import { JarvisError } from '../errors.ts'
import { gatesInForce, parseGateList, readGates } from './gates.ts'
import { parsePlan } from './parse.ts'

function planWith(gates: string): string {
  return `name: x\n${gates}\nexecution:\n  - { domain: llm, loadouts: [sim://small] }\n`
}

function gatesOf(gates: string) {
  return parsePlan(planWith(gates), 'plans/x.yaml', { env: { LIMIT: '3' } }).gates
}

function refusal(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof JarvisError) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

const whole = { domain: null, loadout: null }
const noSlower = { kind: 'baseline', name: 'no_slower_than', uncertain: 'pass', ...whole }

test('a plan without gates has none', () => {
  expect(gatesOf('')).toEqual([])
})

test('gates are one mapping, shares in per cent or as numbers, limits from the environment too', () => {
  const text = `gates:
  max_failures: \${LIMIT}
  min_pass_rate: 95 %
  max_wer: 0.1
  min_decode_tps: 40
  no_slower_than: baseline 10 %`
  expect(gatesOf(text)).toEqual([
    { kind: 'limit', name: 'max_failures', bound: 'max', of: 'failures', limit: 3, ...whole },
    { kind: 'limit', name: 'min_pass_rate', bound: 'min', of: 'pass_rate', limit: 0.95, ...whole },
    { ...noSlower, baseline: 'default', threshold: 0.1 },
    { kind: 'limit', name: 'min_decode_tps', bound: 'min', of: 'decode_tps', limit: 40, ...whole },
    { kind: 'limit', name: 'max_wer', bound: 'max', of: 'wer', limit: 0.1, ...whole },
  ])
})

test('or a list of mappings, each narrowed by domain and loadout', () => {
  const text = `gates:
  - { domain: stt, max_wer: 0.1 }
  - { loadout: 'ollama://*', no_slower_than: { baseline: v1, threshold: 0.05 } }`
  expect(gatesOf(text)).toMatchObject([
    { name: 'max_wer', domain: 'stt', loadout: null },
    { baseline: 'v1', threshold: 0.05, domain: null, loadout: 'ollama://*' },
  ])
})

test('what becomes of a gate that nobody can tell is said of one, or of all of a mapping', () => {
  const text = `gates:
  - { no_slower_than: baseline, uncertain: fail }
  - { uncertain: fail, no_slower_than: { baseline: v1, uncertain: pass } }
  - { no_slower_than: { baseline: v2, uncertain: fail } }
  - { no_slower_than: v3 }`
  const told = gatesOf(text).map((gate) => gate.kind === 'baseline' && gate.uncertain)
  expect(told).toEqual(['fail', 'pass', 'fail', 'pass'])
  expect(parseGateList('uncertain=fail,no_slower_than=v1', 'X')).toMatchObject([
    { baseline: 'v1', uncertain: 'fail' },
  ])
})

test('mistakes in gates stand where they are', () => {
  const text = `gates:
  - { max_failure: 0 }
  - { min_ttft: 1, max_wer: -1, min_pass_rate: 95, domain: sst }
  - { no_slower_than: baseline by 10 }
  - { min_pass_rate: 120 % }
  - { no_slower_than: { baseline: v1, uncertain: maybe } }
  - { uncertain: failed }`
  const message = refusal(() => gatesOf(text))
  const shown = message.replaceAll(/one of: max_failures.*/g, 'one of: …')
  expect(shown).toMatchInlineSnapshot(`
    "plans/x.yaml:3:7  unknown key "max_failure"
      3 |   - { max_failure: 0 }
        |       ^^^^^^^^^^^
      expected one of: …
      did you mean "max_failures"?

    plans/x.yaml:4:7  unknown key "min_ttft"
      4 |   - { min_ttft: 1, max_wer: -1, min_pass_rate: 95, domain: sst }
        |       ^^^^^^^^
      expected one of: …
      did you mean "max_ttft"?

    plans/x.yaml:4:29  unexpected value of "max_wer"
      4 |   - { min_ttft: 1, max_wer: -1, min_pass_rate: 95, domain: sst }
        |                             ^^
      expected a number, 0 or more

    plans/x.yaml:4:48  unexpected value of "min_pass_rate"
      4 |   - { min_ttft: 1, max_wer: -1, min_pass_rate: 95, domain: sst }
        |                                                ^^
      expected a share such as "95 %" or 0.95

    plans/x.yaml:4:60  no block of this plan is of the domain "sst"
      4 |   - { min_ttft: 1, max_wer: -1, min_pass_rate: 95, domain: sst }
        |                                                            ^^^
      expected one of: llm
      did you mean "stt"?

    plans/x.yaml:5:23  this does not say what to compare with
      5 |   - { no_slower_than: baseline by 10 }
        |                       ^^^^^^^^^^^^^^
      expected "baseline 10 %": the name of a baseline or a session, and a share

    plans/x.yaml:6:22  this is not a share
      6 |   - { min_pass_rate: 120 % }
        |                      ^^^^^
      expected a share such as "95 %" or 0.95

    plans/x.yaml:7:50  unknown uncertain "maybe"
      7 |   - { no_slower_than: { baseline: v1, uncertain: maybe } }
        |                                                  ^^^^^
      expected one of: pass, fail

    plans/x.yaml:8:18  unknown uncertain "failed"
      8 |   - { uncertain: failed }
        |                  ^^^^^^
      expected one of: pass, fail
      did you mean "fail"?"
  `)
})

test('a list of gates is read as the environment and the command line have it', () => {
  expect(parseGateList(' max_failures=0, no_slower_than=v1 5 %,min_pass_rate=0.9 ', 'X')).toEqual([
    { kind: 'limit', name: 'max_failures', bound: 'max', of: 'failures', limit: 0, ...whole },
    { ...noSlower, baseline: 'v1', threshold: 0.05 },
    { kind: 'limit', name: 'min_pass_rate', bound: 'min', of: 'pass_rate', limit: 0.9, ...whole },
  ])
  expect(parseGateList('', 'X')).toEqual([])
})

test.each([
  ['max_weer=1', 'X names an unknown gate "max_weer". Did you mean max_wer?'],
  ['max_wer', 'Expected max_wer of X to be a number, 0 or more, got nothing.'],
  ['max_failures=1.5', 'Expected max_failures of X to be a whole number, 0 or more, got `1.5`.'],
  [
    'min_pass_rate=95',
    'Expected min_pass_rate of X to be a share such as "95 %" or 0.95, got `95`.',
  ],
  ['no_slower_than=v1,uncertain=no', 'Expected uncertain of X to be one of: pass, fail, got `no`.'],
  [
    'max_wer=1,uncertain=fail',
    'uncertain of X says what becomes of no_slower_than, which stands not beside it. ' +
      'Give both: no_slower_than=baseline 10 %,uncertain=fail',
  ],
])('%s is refused in a sentence', (list, sentence) => {
  expect(refusal(() => parseGateList(list, 'X'))).toBe(sentence)
})

test('a gate that is added takes the place of the same one of the plan, unless that is narrowed', () => {
  const own = gatesOf(`gates: [{ max_wer: 0.1 }, { domain: stt, max_wer: 0.2 }]`)
  const gates = gatesInForce(own, parseGateList('max_wer=0.3', 'X'), null)
  expect(gates.map((gate) => [gate.domain, gate.kind === 'limit' && gate.limit])).toEqual([
    ['stt', 0.2],
    [null, 0.3],
  ])
})

test('a baseline that is chosen takes the place of that of the plan, and is a gate where there is none', () => {
  const own = gatesOf('gates: { no_slower_than: baseline 5 % }')
  expect(gatesInForce(own, [], 'RUN_20260101_000000')).toMatchObject([
    { baseline: 'RUN_20260101_000000', threshold: 0.05 },
  ])
  expect(gatesInForce([], [], 'some path/RUN_20260101_000000')).toMatchObject([
    { baseline: 'some path/RUN_20260101_000000', threshold: 0.1 },
  ])
})

test('the gates of a plan are read from its text alone, whatever its variables are', () => {
  const text = planWith('services: { a: { command: "${NOPE}" } }\ngates: { max_failures: 1 }')
  expect(readGates(text, 'plans/x.yaml', {})).toMatchObject([{ name: 'max_failures', limit: 1 }])
  expect(() => readGates('gates: { max_failures: -1 }', 'x.yaml', {})).toThrow('x.yaml:1:24')
})
