import { expect, test } from 'vitest'
import { type History, simulatedNights } from '../../../test/support/simulated-nights.ts'
import type { BaselineGate } from '../../plan/gates.ts'
import { parseGateList } from '../../plan/gates.ts'
import type { Night } from '../nights/index.ts'
import { judgeHistory } from './no-slower.ts'

const [GATE] = parseGateList('no_slower_than=baseline 10 %', 'X') as [BaselineGate]
const NIGHTS = { seed: 3, nights: 15, repeats: 1 } as const

/** The newest of simulated nights held to another one of them, counted from the oldest. */
function judged(history: Partial<History>, at: number, gate: BaselineGate = GATE) {
  const nights = simulatedNights({ ...NIGHTS, ...history })
  return judgeHistory(gate, {
    tonight: nights.at(-1) as Night,
    nights: nights.slice(0, -1),
    reference: nights[at] as Night,
  })
}

test('slower beyond the limit is broken, by the nights up to the baseline', () => {
  const { status, message, actual } = judged({ step: { at: 13, size: 0.3 } }, 12)
  expect(status).toBe('broken')
  expect(actual).toBeGreaterThan(0.2)
  expect(message).toMatch(
    /^llm sim:\/\/model-0: .* \+\d\d % \(95 % \+\d\d % to \+\d\d %, 20 scenarios\) than in RUN_\w+, more than 10 % slower \(and 1 more\)$/,
  )
})

test('clearly within the limit is held, and the slowest is named', () => {
  const quiet = [0.005, 0.005, 0.005, 0.005]
  const { status, message } = judged({ between: quiet }, 12)
  expect(status).toBe('held')
  expect(message).toMatch(
    /^4 of 4 loadouts compared, none more than 10 % slower than in RUN_\w+; the slowest: llm sim:\/\/model-\d: /,
  )
  // Faster is within the limit, however much.
  expect(judged({ between: quiet, step: { at: 13, size: -0.5 } }, 12).status).toBe('held')
})

test('what nobody can tell is not held: it says so, with what it would take', () => {
  const noisy = [0.15, 0.15, 0.15, 0.15]
  const { status, message } = judged({ between: noisy }, 12)
  expect(status).toBe('cannot_tell')
  expect(message).toMatch(/than in RUN_\w+, which may be more than 10 % slower or not/)
  expect(message).toContain('noise hides it')
})

test('a baseline of long ago is held to by itself, with the noise of the nights since', () => {
  const slower = judged({ step: { at: 1, size: 0.5 } }, 0)
  expect(slower.status).toBe('broken')
  expect(slower.message).toMatch(/^llm sim:\/\/model-0: .* \+\d\d % \(95 % /)
  const quiet = judged({ between: [0.005, 0.005, 0.005, 0.005] }, 0)
  expect(quiet.status).toBe('held')
  const within = judged({ between: [0.08, 0.08, 0.08, 0.08] }, 0)
  expect(within.status).toBe('cannot_tell')
  expect(within.message).toMatch(
    /; noise hides it: a step can be told from [\d.]+ % on in one night, /,
  )
})

test('a slowest of +29 % at a limit of 10 % is not held without a history, and names its size', () => {
  const [first, second] = simulatedNights({
    ...NIGHTS,
    between: [0, 0, 0, 0],
    step: { at: 1, size: 0.29 },
  })
  const verdict = judgeHistory(GATE, { tonight: second!, nights: [first!], reference: first! })
  expect(verdict.status).toBe('cannot_tell')
  expect(verdict.actual).toBeCloseTo(0.29, 1)
  expect(verdict.message).toMatch(
    /\+29 % \(20 scenarios\) than in RUN_\w+, .*no history to tell it from noise/,
  )
})

test('a baseline of another host is not held beside this run', () => {
  const nights = simulatedNights(NIGHTS)
  const reference = { ...nights[12]!, host: { id: 'other', name: 'attic' } }
  const verdict = judgeHistory(GATE, {
    tonight: nights.at(-1)!,
    nights: [...nights.slice(0, 12), reference, nights[13]!],
    reference,
  })
  expect(verdict).toMatchObject({ status: 'cannot_tell', actual: null })
  expect(verdict.message).toMatch(
    /^RUN_\w+ cannot be held beside this run: of another host, attic$/,
  )
})

test('of quiet nights nearly none is told to be slower than its baseline, and most of 30 % are', () => {
  let [alarms, found] = [0, 0]
  for (let seed = 1; seed <= 15; seed += 1) {
    for (const at of [0, 12]) {
      if (judged({ seed }, at).status === 'broken') alarms += 1
      if (judged({ seed, step: { at: 13, size: 0.3 } }, at).status === 'broken') found += 1
    }
  }
  expect(alarms).toBeLessThanOrEqual(2)
  expect(found).toBeGreaterThanOrEqual(25)
})
