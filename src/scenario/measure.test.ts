import { afterEach, beforeEach, expect, it } from 'vitest'
import { type StandIn, standIn } from '../../test/support/service-stand-in.ts'
import { defineMeasure } from './define-measure.ts'
import { measure } from './measure.ts'

const politeness = defineMeasure('politeness', { title: 'Politeness', unit: '1', better: 'higher' })

let service: StandIn

beforeEach(async () => {
  service = await standIn()
  service.lease({})
})

afterEach(() => service.stop())

it('numbers of jarvis and of one’s own are kept, one’s own with what they are', async () => {
  await service.within(async () => {
    measure('match', 0.5)
    measure(politeness, 1)
    measure(politeness, [1, 0.5])
  })
  expect(service.recorder.kept()).toEqual({
    metrics: { match: 0.5, politeness: [1, 0.5] },
    measures: { politeness: { title: 'Politeness', unit: '1', better: 'higher' } },
  })
})

// Scenarios run without a look at their types, so what would not compile says so when it runs.
it.each([
  [
    'mtach',
    1,
    /^mtach is no metric of jarvis: declare it .*defineMeasure\('mtach'.* Did you mean match\?$/,
  ],
  ['loudness', 1, /^loudness is no metric of jarvis: declare it .* and keep it with .*\.$/],
  ['match', 'very', /^measure takes a number, a list of them or null, not a string\.$/],
])('measure(%j, %j) is refused in a sentence', async (key, value, sentence) => {
  const wrong = measure as (key: string, value: unknown) => void
  await service.within(async () => expect(() => wrong(key, value)).toThrow(sentence))
  expect(service.recorder.kept()).toBeNull()
})

it.each([
  ['Politeness', 'The key of a measure is snake_case, such as my_score: got "Politeness".'],
  ['ttft', "ttft is one of jarvis's own metrics: choose another key"],
])('%s cannot be declared', (key, sentence) => {
  expect(() => defineMeasure(key, { title: 'It', unit: '1' })).toThrow(sentence)
})
