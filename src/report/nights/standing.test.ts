import { expect, test } from 'vitest'
import { simulatedNights } from '../../../test/support/simulated-nights.ts'
import type { Night } from './index.ts'
import { newsOf, standingsOf } from './standing.ts'

/** Nights on which a scenario passed (`P`), failed (`F`), passed when it was tried again (`R`), or was not there. */
function nightsOf(story: string): Night[] {
  const [night] = simulatedNights({ seed: 1, nights: 1, repeats: 1, loadouts: 1, scenarios: 1 })
  return story.split('').map((mark, at) => {
    const outcome = { passed: mark === 'F' ? 0 : 1, n: 1, retries: mark === 'R' ? 1 : 0 }
    const cases = mark === ' ' ? [] : night!.cases.map((one) => ({ ...one, ...outcome }))
    return { ...night!, session: `RUN_${at}`, cases }
  })
}

function standingOf(story: string) {
  return [...standingsOf(nightsOf(story)).values()][0]
}

test.each([
  ['PPPP', 'passing'],
  ['PPPF', 'broke'],
  ['PPFF', 'failing'],
  ['PFFP', 'fixed'],
  ['FFFF', 'failing'],
  ['   P', 'new'],
  ['   F', 'new_failing'],
  // It failed for a night, and does so again.
  ['PPFPPF', 'flaky'],
  ['PFPFPP', 'flaky'],
  // Three nights in a row are no whim.
  ['PPFPPFFF', 'failing'],
  ['PPRP', 'flaky'],
  ['PPRPF', 'flaky'],
])('over the nights %s a scenario is %s', (story, state) => {
  expect(standingOf(story)?.state).toBe(state)
})

test('a standing says since when it fails, when it passed last, and on how many nights it failed', () => {
  expect(standingOf(`${'P'.repeat(20)}${'F'.repeat(8)}`)).toEqual({
    key: 'llm|sim://model-0|scenario 0',
    state: 'failing',
    passes: false,
    failingSince: 'RUN_20',
    lastPassed: 'RUN_19',
    lastFailed: 'RUN_27',
    failed: 8,
    retried: 0,
    nights: 28,
  })
})

test('a night is good when nothing fails but what has never passed, or fails now and then', () => {
  expect(newsOf(nightsOf('FFFF'))).toMatchObject({ failing: 1, isGood: true })
  expect(newsOf(nightsOf('PFPF'))).toMatchObject({ flaky: 1, isGood: true })
  expect(newsOf(nightsOf('PPPF'))).toMatchObject({ broke: 1, isGood: false })
  expect(newsOf(nightsOf('PPFF'))).toMatchObject({ failing: 1, isGood: false })
  expect(newsOf(nightsOf('PPFP'))).toMatchObject({ fixed: 1, isGood: true })
})
