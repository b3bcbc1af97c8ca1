/** Compiled by `tsc`, never run: each line below `@ts-expect-error` must not compile. */
import { defineMeasure, expect, measure, test } from '../../src/scenario/index.ts'

const politeness = defineMeasure('politeness', { title: 'Politeness', unit: '1', better: 'higher' })

test('what is right compiles', async ({ llm, tts }) => {
  const reply = await llm.chat('Hello', {
    tools: [{ name: 'weather' }],
    schema: { type: 'object' },
  })
  politeness(1)
  politeness([1, 2])
  politeness(null)
  measure('my_number', 1)
  expect(reply).toCallTool('weather', { city: 'Paris' })
  expect(reply.text).toMatchTranscript('hello', { maxWer: 0.1, normalizer: 'english' })
  await expect(await tts.speak('Hello')).toBeAudio({ minSeconds: 1, notSilent: true })
})

// @ts-expect-error -- there is no such fixture
test('a wrong fixture', async ({ lmm }) => lmm.chat('Hello'))

test('wrong uses', async ({ llm, stt }) => {
  // @ts-expect-error -- a measure is a number
  politeness('very')
  // @ts-expect-error -- a metric is no object
  measure('my_number', { value: 1 })
  // @ts-expect-error -- a speech-to-text service does not chat
  await stt.chat('Hello')
  // @ts-expect-error -- a wrong option
  await llm.chat('Hello', { temprature: 1 })
  // @ts-expect-error -- a wrong role
  await llm.chat([{ role: 'robot', content: 'Hello' }])
  // @ts-expect-error -- no such normaliser
  expect('a').toMatchTranscript('a', { normalizer: 'polish' })
  // @ts-expect-error -- seconds are a number
  expect({}).toRespondWithin('2s')
})

// @ts-expect-error -- no such direction
defineMeasure('rudeness', { title: 'Rudeness', unit: '1', better: 'smaller' })

// @ts-expect-error -- a unit is missing
defineMeasure('rudeness', { title: 'Rudeness' })
