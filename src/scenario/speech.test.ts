import type { ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  failing,
  near,
  type StandIn,
  standIn,
  streamOf,
  wavHeader,
} from '../../test/support/service-stand-in.ts'
import './matchers/types.ts'
import { registerMatchers } from './matchers/register.ts'
import { createStt, createTts } from './speech.ts'
import { createSts } from './sts.ts'

registerMatchers()
const never = new AbortController().signal

/** What a stand-in answers besides the bytes of a file. */
interface Answer {
  type: string
  flags?: Record<string, string>
  wrap?: (base64: string) => unknown
}

const TTFT_MS = 120
const GAP_MS = 60

let service: StandIn

beforeEach(async () => {
  service = await standIn()
})

afterEach(() => service.stop())

describe('speech', () => {
  const header = wavHeader(0xffff_ffff)
  const halfSecond = Buffer.alloc(16_000, 1)

  it('is transcribed from a multipart request, and the real-time factor is that of the file', async () => {
    service.handlers['/v1/audio/transcriptions'] = async (_, response) => {
      await sleep(TTFT_MS)
      response.end(JSON.stringify({ text: ' Hello there. ' }))
    }
    service.lease({ domain: 'stt' })
    const audio = Buffer.concat([header, halfSecond])
    const heard = await service.within(() => createStt(never).transcribe(audio, { language: 'en' }))
    expect(heard.text).toBe('Hello there.')
    expect(near(heard.metrics.stt_time, TTFT_MS)).toBe(true)
    expect(heard.metrics.audio_seconds).toBe(0.5)
    expect(heard.metrics.rtf).toBeCloseTo(heard.metrics.stt_time / 0.5, 9)
    const form = String(service.bodies['/v1/audio/transcriptions'])
    expect(form).toContain('name="file"; filename="media.wav"\r\nContent-Type: audio/wav')
    expect(form).toMatch(/name="language"\r\n\r\nen\r\n/)
  })

  it('is kept when it was spoken, and its first audio is not its header', async () => {
    service.handlers['/v1/audio/speech'] = streamOf(
      header,
      [TTFT_MS, halfSecond],
      [GAP_MS, halfSecond],
    )
    service.lease({ domain: 'tts', flags: { voice: 'ada' } })
    const spoken = await service.within(() => createTts(never).speak('Hello'))
    expect(near(spoken.metrics.ttfa, TTFT_MS)).toBe(true)
    expect(near(spoken.metrics.tts_time, TTFT_MS + GAP_MS)).toBe(true)
    expect(spoken.metrics.audio_seconds).toBe(1)
    expect(service.bodies['/v1/audio/speech']).toMatchObject({ input: 'Hello', voice: 'ada' })
    expect(await readFile(join(service.root, 'session', spoken.file))).toHaveLength(32_044)
    expect(service.recorder.kept()).toMatchObject({
      input_text: 'Hello',
      output_file: spoken.file,
      attachments: [{ name: 'speech', type: 'audio/wav', file: spoken.file }],
    })
  })

  it('of a server that gives MP3 whatever is asked for is measured like any other', async () => {
    const mp3 = await readFile(new URL('../metrics/fixtures/tone.mp3', import.meta.url))
    service.handlers['/v1/audio/speech'] = (_, response) =>
      response.setHeader('content-type', 'application/octet-stream') &&
      // Its first frame, of 288 bytes, tells of the file.
      streamOf(
        mp3.subarray(0, 200),
        [TTFT_MS, mp3.subarray(200, 600)],
        [GAP_MS, mp3.subarray(600)],
      )(_, response)
    service.lease({ domain: 'tts' })
    const spoken = await service.within(() => createTts(never).speak('Hello'))
    expect(near(spoken.metrics.ttfa, TTFT_MS)).toBe(true)
    expect(spoken.metrics.audio_seconds).toBeCloseTo(0.5, 3)
    expect(spoken.metrics.rtf).toBeCloseTo(spoken.metrics.tts_time / 0.5, 6)
    expect(spoken.file).toMatch(/\.mp3$/)
    await service.within(() => expect(spoken).toBeAudio({ minSeconds: 0.4, notSilent: true }))
  })

  it('of a server that refuses WAV is asked for in the format of a flag, which the refusal tells', async () => {
    const mp3 = await readFile(new URL('../metrics/fixtures/tone.mp3', import.meta.url))
    service.handlers['/v1/audio/speech'] = (body, response) =>
      (JSON.parse(String(body)) as { response_format: string }).response_format === 'mp3'
        ? response.setHeader('content-type', 'audio/mpeg').end(mp3)
        : failing(422, "response_format: expected 'mp3'")(body, response)
    service.lease({ domain: 'tts' })
    await expect(service.within(() => createTts(never).speak('Hello'))).rejects.toThrow(
      /answered 422 .*: response_format: expected 'mp3'\. A server .* #format=mp3$/,
    )
    const asked = await service.within(() => createTts(never).speak('Hello', { format: 'mp3' }))
    service.lease({ domain: 'tts', flags: { format: 'mp3' } })
    const flagged = await service.within(() => createTts(never).speak('Hello'))
    expect(flagged.audio).toEqual(asked.audio)
    expect(flagged.audio).toHaveLength(mp3.length)
  })

  it.each([
    ['sent no audio', (_: Buffer, response: ServerResponse) => response.end()],
    [
      'sent application/json instead of audio: {"detail":"no such voice"}',
      (_: Buffer, response: ServerResponse) =>
        response.setHeader('content-type', 'application/json').end('{"detail":"no such voice"}'),
    ],
  ])('that is none is an error: %s', async (end, handler) => {
    service.handlers['/v1/audio/speech'] = handler
    service.lease({ domain: 'tts' })
    await expect(service.within(() => createTts(never).speak('Hello'))).rejects.toThrow(end)
  })

  it.each([
    ['one file a sentence', 'joined.wav', { type: 'audio/wav' }, 0.5, 'wav'],
    ['a type that says nothing', 'opus.ogg', { type: 'application/octet-stream' }, 0.73, 'ogg'],
    ['a name that is not its own', 'adts.aac', { type: 'audio/wav' }, 0.789, 'aac'],
    [
      'JSON',
      'vbr.mp3',
      { type: 'application/json', wrap: (sound: string) => ({ audio: sound }) },
      0.73,
      'mp3',
    ],
    [
      'JSON in JSON',
      'pcm_s16le.wav',
      {
        type: 'application/json',
        wrap: (data: string) => ({ choices: [{ message: { audio: { id: 'a', data } } }] }),
      },
      0.2,
      'wav',
    ],
    [
      'JSON that tells of raw samples',
      'mono.pcm',
      {
        type: 'application/json',
        wrap: (audio_base64: string) => ({ audio_base64, sample_rate: 24_000 }),
      },
      0.2,
      'pcm',
    ],
    [
      'raw samples by their type',
      'mono.pcm',
      { type: 'audio/L16;rate=24000;channels=1' },
      0.2,
      'pcm',
    ],
    [
      'raw samples by flags',
      'stereo.pcm',
      {
        type: 'application/octet-stream',
        flags: { format: 'pcm', sample_rate: '8000', channels: '2' },
      },
      0.2,
      'pcm',
    ],
    [
      'raw samples named WAV',
      'mono.pcm',
      { type: 'audio/wav', flags: { sample_rate: '24000' } },
      0.2,
      'pcm',
    ],
    [
      'WAV where raw samples were asked for',
      'pcm_s16le.wav',
      { type: 'audio/pcm', flags: { format: 'pcm' } },
      0.2,
      'wav',
    ],
  ] as const)(
    'that comes as %s is measured by its samples (%s)',
    async (_, file, answer, seconds, ending) => {
      const { type, flags = {}, wrap }: Answer = answer
      const bytes = await readFile(new URL(`../metrics/audio/vectors/${file}`, import.meta.url))
      service.handlers['/v1/audio/speech'] = (__, response) =>
        response
          .setHeader('content-type', type)
          .end(wrap === undefined ? bytes : JSON.stringify(wrap(bytes.toString('base64'))))
      service.lease({ domain: 'tts', flags })
      const spoken = await service.within(() => createTts(never).speak('Hello'))
      expect(Math.abs((spoken.metrics.audio_seconds ?? 0) - seconds)).toBeLessThan(0.03)
      expect(Buffer.from(spoken.audio).equals(bytes)).toBe(true)
      expect(spoken.file.split('.').at(1) ?? '').toBe(ending)
      expect(service.recorder.kept()?.metrics).not.toHaveProperty('audio_reason')
      await service.within(() => expect(spoken).toBeAudio({ minSeconds: 0.1, notSilent: true }))
    },
  )

  it('that comes in events is put together', async () => {
    const bytes = await readFile(new URL('../metrics/audio/vectors/vbr.mp3', import.meta.url))
    const event = (sound: Buffer): string =>
      `data: ${JSON.stringify({ type: 'speech.audio.delta', audio: sound.toString('base64') })}\n\n`
    service.handlers['/v1/audio/speech'] = (_, response) =>
      response
        .setHeader('content-type', 'text/event-stream')
        .end(`${event(bytes.subarray(0, 700))}${event(bytes.subarray(700))}data: [DONE]\n\n`)
    service.lease({ domain: 'tts' })
    const spoken = await service.within(() => createTts(never).speak('Hello'))
    expect(Buffer.from(spoken.audio).equals(bytes)).toBe(true)
    expect(spoken.metrics.audio_seconds).toBeCloseTo(0.73, 2)
  })

  it.each([
    ['audio/wav', 'mono.pcm', {}, 'of no known format. If it is raw PCM, say what it is by flags'],
    ['audio/pcm', 'mono.pcm', { format: 'pcm' }, '#format=pcm#sample_rate=24000#channels=1'],
    ['audio/aiff', 'sun.aiff', {}, 'AIFF, which is not decoded'],
  ])('of no known length is kept, and the row says why: %s', async (type, file, flags, reason) => {
    const bytes = await readFile(new URL(`../metrics/audio/vectors/${file}`, import.meta.url))
    service.handlers['/v1/audio/speech'] = (_, response) =>
      response.setHeader('content-type', type).end(bytes)
    service.lease({ domain: 'tts', flags })
    const spoken = await service.within(() => createTts(never).speak('Hello'))
    expect(spoken.metrics).toMatchObject({ audio_seconds: null, rtf: null, rtfx: null })
    expect(service.recorder.kept()?.metrics).toMatchObject({
      audio_seconds: null,
      audio_reason: expect.stringContaining(reason),
    })
    await expect(service.within(() => expect(spoken).toBeAudio())).rejects.toThrow(reason)
  })

  it('is heard by the second model of a loadout, which leaves the numbers of the voice alone', async () => {
    service.handlers['/v1/audio/transcriptions'] = (_, response) =>
      response.end('{"text":"hello big word"}')
    service.handlers['/v1/audio/speech'] = streamOf(header, halfSecond)
    service.lease({ domain: 'tts', engine: 'native' }, 2)
    await service.within(async () => {
      const spoken = await createTts(never).speak('Hello world')
      const before = structuredClone(service.recorder.kept())
      const by = createStt(never)
      await expect(
        expect(spoken).toBeHeardAs('Hello world', { by, language: 'en', maxWer: 0.5 }),
      ).rejects.toThrow(/^WER 1 is above 0\.5 \(S 1, D 0, I 1, H 1; normalizer basic\)[^]*echo-2$/)
      await expect(spoken).toBeHeardAs('Hello world', { by, maxWer: 1, maxCer: 1 })
      expect(service.recorder.kept()).toEqual({
        ...before,
        metrics: {
          ...before?.metrics,
          tts_wer: 1,
          tts_cer: expect.closeTo(5 / 11, 4),
          tts_wer_counts: [1, 0, 1, 1],
          tts_cer_counts: [0, 1, 4, 10],
          recogniser: 'native://echo-2',
          normalizer: 'basic',
          transcript_expected: 'Hello world',
          transcript_heard: 'hello big word',
          transcript_expected_normalised: 'hello world',
          transcript_heard_normalised: 'hello big word',
        },
      })
    })
    expect(String(service.bodies['/v1/audio/transcriptions'])).toContain('echo-2')
  })

  it('is heard by nobody but the stt fixture', async () => {
    const by = { transcribe: () => Promise.reject(new Error('asked')) }
    await expect(expect(new Uint8Array()).toBeHeardAs('Hello', { by })).rejects.toThrow(
      'toBeHeardAs takes the stt fixture as `by`, not object.',
    )
  })

  it('is answered with speech by three services in the order of the plan', async () => {
    service.handlers['/v1/audio/transcriptions'] = (_, response) => response.end('{"text":"Hello"}')
    service.handlers['/v1/chat/completions'] = (_, response) =>
      response.end('{"choices":[{"message":{"content":"Hi!"}}]}')
    service.handlers['/v1/audio/speech'] = streamOf(header, [TTFT_MS, halfSecond])
    service.lease({ domain: 'sts' }, 3)
    const answer = await service.within(() =>
      createSts(never).converse(Buffer.concat([header, halfSecond]), { system: 'Be kind.' }),
    )
    expect(answer).toMatchObject({ heard: 'Hello', text: 'Hi!' })
    const { stt_time, llm_time, ttfa, e2el } = answer.metrics
    expect(near((ttfa ?? 0) - stt_time - llm_time, TTFT_MS)).toBe(true)
    expect(e2el).toBeGreaterThanOrEqual(ttfa ?? 0)
    const models = ['/v1/audio/transcriptions', '/v1/chat/completions', '/v1/audio/speech'].map(
      (path) => /echo-?\d?/u.exec(JSON.stringify(service.bodies[path]))?.[0],
    )
    expect(models).toEqual(['echo', 'echo-2', 'echo-3'])
    expect(service.recorder.kept()).toMatchObject({ input_text: 'Hello', output_text: 'Hi!' })
  })
})
