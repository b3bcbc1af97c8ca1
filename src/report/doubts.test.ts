import { expect, test } from 'vitest'
import { metricOf } from '../metrics/index.ts'
import { STORY_LOADOUTS, storyResult } from '../../test/support/story-results.ts'
import { DOUBTFUL, doubtsOf, FlagCounts, FLAGS, flagText } from './doubts.ts'

test('what makes numbers doubtful has a sentence, and the numbers are those of the catalogue', () => {
  expect(Object.keys(FLAGS)).toEqual(expect.arrayContaining(Object.keys(DOUBTFUL)))
  const unknown = Object.values(DOUBTFUL)
    .flat()
    .filter((key) => key !== 'duration' && metricOf(key) === undefined)
  expect(unknown).toEqual([])
})

test('a flag makes those numbers doubtful that it can change, and no others', () => {
  const flags = ['shared_reads', 'cold', 'of_the_author']
  expect(doubtsOf('tpot', flags)).toEqual(['shared_reads'])
  expect(doubtsOf('ttft', flags)).toEqual([])
  expect(doubtsOf('ttft', ['event_loop_lag', 'throttled'])).toEqual(['event_loop_lag', 'throttled'])
  // The engine's own clock knows nothing of the client.
  expect(doubtsOf('decode_tps', ['event_loop_lag', 'harness_delay', 'swap_used'])).toEqual([
    'swap_used',
  ])
})

test('the flags of a session are counted, with the numbers that are there', () => {
  const counts = new FlagCounts()
  const result = (flags: string[], metrics = {}) =>
    counts.add(storyResult(STORY_LOADOUTS[0]!, 'a', { flags, metrics }))
  result([])
  result(['throttled'], { ttft: 0.1, wer: 0.2, tps: null })
  result(['of_the_author', 'throttled'], {})
  expect(counts.list().map((one) => flagText(one, counts.total))).toEqual([
    'throttled in 2 of 3 results: The GPU slowed down because of heat or power. In doubt: TTFT, Duration.',
    'of_the_author in 1 of 3 results: A flag of its own scenario.',
  ])
})
