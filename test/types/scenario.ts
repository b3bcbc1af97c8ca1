/** Compiled by `tsc`, never run: each line below `@ts-expect-error` must not compile. */
import { defineMeasure, expect, measure, test } from '../../src/scenario/index.ts'

const politeness = defineMeasure('politeness', { title: 'Politeness', unit: '1', better: 'higher' })

test('what is right compiles', async ({ llm, stt, tts }) => {
  const reply = await llm.chat('Hello', {
    tools: [{ name: 'weather' }],
    schema: { type: 'object' },
  })
  measure(politeness, 1)
  measure(politeness, [1, 2])
  measure(politeness, null)
  measure('match', 1)
  expect(reply).toCallTool('weather', { city: 'Paris' })
  expect(reply.text).toMatchTranscript('hello', { maxWer: 0.1, normalizer: 'english' })
  await expect(await tts.speak('Hello')).toBeAudio({ minSeconds: 1, notSilent: true })
  await expect(await tts.speak('Hello')).toBeHeardAs('Hello', { by: stt, maxWer: 0.1 })
})

// @ts-expect-error -- there is no such fixture
test('a wrong fixture', async ({ lmm }) => lmm.chat('Hello'))

test('wrong uses', async ({ llm, stt, tts }) => {
  // @ts-expect-error -- a measure is a number
  measure(politeness, 'very')
  // @ts-expect-error -- a metric is no object
  measure('match', { value: 1 })
  // @ts-expect-error -- nobody declared it
  measure('politeness', 1)
  // @ts-expect-error -- a typing mistake in a metric of jarvis
  measure('mtach', 1)
  // @ts-expect-error -- the machine's numbers are not a scenario's
  measure('vram_peak', 1)
  // @ts-expect-error -- what looks like a declaration is none
  measure({ key: 'politeness', title: 'Politeness', unit: '1', better: null }, 1)
  // @ts-expect-error -- a speech-to-text service does not chat
  await stt.chat('Hello')
  // @ts-expect-error -- a wrong option
  await llm.chat('Hello', { temprature: 1 })
  // @ts-expect-error -- a wrong role
  await llm.chat([{ role: 'robot', content: 'Hello' }])
  // @ts-expect-error -- no such normaliser
  expect('a').toMatchTranscript('a', { normalizer: 'polish' })
  // @ts-expect-error -- a voice does not hear
  await expect('a').toBeHeardAs('a', { by: tts })
  // @ts-expect-error -- no such format
  await tts.speak('Hello', { format: 'wma' })
  // @ts-expect-error -- seconds are a number
  expect({}).toRespondWithin('2s')
})

// @ts-expect-error -- no such direction
defineMeasure('rudeness', { title: 'Rudeness', unit: '1', better: 'smaller' })

// @ts-expect-error -- a unit is missing
defineMeasure('rudeness', { title: 'Rudeness' })
