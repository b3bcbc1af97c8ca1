import type { ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  near,
  type StandIn,
  standIn,
  streamOf,
  wavHeader,
} from '../../test/support/service-stand-in.ts'
import { createStt, createTts } from './speech.ts'
import { createSts } from './sts.ts'

const never = new AbortController().signal
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
