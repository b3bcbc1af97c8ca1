import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type StandIn, standIn, wavHeader } from '../../../test/support/service-stand-in.ts'
import './types.ts'
import { registerMatchers } from './register.ts'

registerMatchers()

let service: StandIn

beforeEach(async () => {
  service = await standIn()
})

afterEach(() => service.stop())

const messageOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing was thrown'
}

describe('toMatchTranscript', () => {
  it('keeps rates, counts and texts with the test, whether it passes or not', async () => {
    await service.within(async () => {
      expect({ text: 'The colour is grey.' }).toMatchTranscript('the color is gray', {
        normalizer: 'english',
      })
      expect(service.recorder.kept()?.metrics).toEqual({
        wer: 0,
        cer: 0,
        wer_counts: [0, 0, 0, 4],
        cer_counts: [0, 0, 0, 17],
        normalizer: 'english',
        transcript_expected: 'the color is gray',
        transcript_heard: 'The colour is grey.',
        transcript_expected_normalised: 'the color is gray',
        transcript_heard_normalised: 'the color is gray',
      })
      expect(() => expect('hello duck').toMatchTranscript('hello world')).toThrow(/WER 0\.5/)
      expect(service.recorder.kept()?.metrics).toMatchObject({ wer: 0.5, wer_counts: [1, 0, 0, 1] })
    })
  })

  it('shows the words under each other, with S, D and I where they differ', () => {
    const message = messageOf(() =>
      expect('The quick big brawn fox over').toMatchTranscript('the quick brown fox jumps over', {
        maxWer: 0.1,
      }),
    )
    expect(message).toMatchInlineSnapshot(`
      "WER 0.5 is above 0.1 (S 1, D 1, I 1, H 4; normalizer basic)
      expected  the quick *** brown fox jumps over
      heard     the quick big brawn fox ***** over
                          I   S         D"
    `)
  })

  it('shows characters where the limit is on characters, as wide as a terminal shows them', () => {
    const message = messageOf(() =>
      expect('法国的首都巴里').toMatchTranscript('法国的首都是巴黎', { maxCer: 0.1 }),
    )
    expect(message).toMatchInlineSnapshot(`
      "CER 0.25 is above 0.1 (S 1, D 1, I 0, H 6; normalizer basic)
      expected  法国的首都是巴黎
      heard     法国的首都**巴里
                          D   S"
    `)
  })

  it('takes no error without a limit, and counts what was invented from silence', () => {
    expect(() => expect('thank you').toMatchTranscript('')).toThrow('WER 2 is above 0')
    expect('').toMatchTranscript('')
    expect('a b').not.toMatchTranscript('a c')
    expect('a b').toMatchTranscript('a c', { maxWer: 0.5 })
    expect(() => expect(42).toMatchTranscript('a')).toThrow('takes a text, or a result with a text')
  })
})

describe('toBeSimilarTo', () => {
  it('keeps the match and says how far it is from the limit', async () => {
    await service.within(async () => {
      expect('sitting').toBeSimilarTo('kitten', { min: 0.5 })
      expect(service.recorder.kept()?.metrics).toEqual({ match: 0.571429 })
    })
    expect(() => expect('sitting').toBeSimilarTo('kitten')).toThrow('The match is 0.571, below 0.8')
    expect('sitting').not.toBeSimilarTo('kitten')
  })
})

describe('toMatchSchema', () => {
  const json = {
    type: 'object',
    properties: { city: { type: 'string' }, people: { type: 'integer' } },
    required: ['city', 'people'],
  }

  it.each([
    ['a JSON Schema', json],
    ['a schema of zod', z.object({ city: z.string(), people: z.int() })],
  ])('takes text of JSON and values by %s', (_, schema) => {
    expect('{"city":"Paris","people":2}').toMatchSchema(schema)
    expect({ city: 'Paris', people: 2 }).toMatchSchema(schema)
    expect('{"city":"Paris"}').not.toMatchSchema(schema)
    expect(() => expect({ city: 7, people: 2 }).toMatchSchema(schema)).toThrow(/ {2}city: .*string/)
    expect(() => expect('Sure! {').toMatchSchema(schema)).toThrow('The text is not JSON: Sure! {')
  })
})

describe('toRespondWithin and toCallTool', () => {
  const reply = {
    text: '',
    toolCalls: [{ id: null, name: 'weather', arguments: { city: 'Paris', unit: 'C' } }],
    metrics: { e2el: 1.5 },
  }

  it('compares the time of the whole answer', () => {
    expect(reply).toRespondWithin(1.5)
    expect({ metrics: { stt_time: 0.2 } }).toRespondWithin(1)
    expect(() => expect(reply).toRespondWithin(1)).toThrow('took 1.500 s, more than 1 s')
    expect(() => expect('text').toRespondWithin(1)).toThrow('takes the result of a fixture')
  })

  it('finds the call by its name and by the arguments that are given', () => {
    expect(reply).toCallTool('weather')
    expect(reply).toCallTool('weather', { city: expect.stringMatching(/^par/i) })
    expect(reply).not.toCallTool('weather', { city: 'Rome' })
    const message = messageOf(() => expect(reply).toCallTool('news', { city: 'Rome' }))
    expect(message).toBe(
      'Expected a call of news({"city": "Rome"}); ' +
        'the model asked for weather({"city": "Paris", "unit": "C"})',
    )
    expect(() => expect({ text: 'Sunny.', toolCalls: [] }).toCallTool('weather')).toThrow(
      'the model asked for no tool and said: Sunny.',
    )
  })
})

describe('toBeAudio', () => {
  const half = Buffer.concat([wavHeader(16_000), Buffer.alloc(16_000)])
  const loud = Buffer.concat([wavHeader(16_000), Buffer.alloc(16_000, 0x20)])

  it('reads length and loudness from the bytes, and keeps the length', async () => {
    await service.within(async () => {
      await expect({ audio: loud }).toBeAudio({ minSeconds: 0.5, notSilent: true })
      expect(service.recorder.kept()?.metrics).toEqual({ audio_seconds: 0.5 })
    })
    await expect(half).toBeAudio()
    await expect(half).not.toBeAudio({ notSilent: true })
    await expect(expect(half).toBeAudio({ minSeconds: 1 })).rejects.toThrow(
      'is 0.500 s long, less than 1 s',
    )
    await expect(expect(half).toBeAudio({ notSilent: true })).rejects.toThrow('The sound is silent')
    await expect(expect(Buffer.from('no')).toBeAudio()).rejects.toThrow('is no audio')
    await expect(expect(7).toBeAudio()).rejects.toThrow('takes bytes, a path or a spoken result')
  })
})
