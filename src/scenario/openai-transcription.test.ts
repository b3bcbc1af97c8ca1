import { afterEach, beforeEach, expect, it } from 'vitest'
import { failing, type StandIn, standIn } from '../../test/support/service-stand-in.ts'
import { createStt } from './speech.ts'

const OPENAI = '/v1/audio/transcriptions'
const WHISPERCPP = '/inference'
const never = new AbortController().signal

let service: StandIn
let asked: string[]
beforeEach(async () => {
  service = await standIn()
  asked = []
  for (const path of [OPENAI, WHISPERCPP]) {
    service.handlers[path] = (_, response) => {
      asked.push(path)
      const text = path === WHISPERCPP ? ' Hello there.\n' : 'by the other'
      response.end(JSON.stringify({ text }))
    }
  }
})
afterEach(() => service.stop())

/** Plays a server that has one of the paths alone. */
function without(path: string, status = 404): void {
  service.handlers[path] = (_, response) => {
    asked.push(path)
    response.writeHead(status).end('File Not Found (/v1/audio/transcriptions)')
  }
}

const hear = () =>
  service.within(() => createStt(never).transcribe(new Uint8Array([1]), { language: 'en' }))

it('a server of whisper.cpp is found by itself, and then asked at once', async () => {
  without(OPENAI)
  service.lease({ domain: 'stt' })
  await expect(hear()).resolves.toMatchObject({ text: 'Hello there.' })
  await hear()
  expect(asked).toEqual([OPENAI, WHISPERCPP, WHISPERCPP])
  const form = String(service.bodies[WHISPERCPP])
  expect(form).toContain('name="file"')
  expect(form).toMatch(/name="language"\r\n\r\nen\r\n/)
  expect(form).toMatch(/name="response_format"\r\n\r\njson\r\n/)
  expect(form).not.toContain('name="model"')
})

it('the plan says that a service speaks the protocol of whisper.cpp', async () => {
  service.lease({ domain: 'stt', apis: ['whispercpp'] })
  await expect(hear()).resolves.toMatchObject({ text: 'Hello there.' })
  expect(asked).toEqual([WHISPERCPP])
})

it('where a URL has a version, the path of whisper.cpp stands beside it', async () => {
  without(OPENAI)
  service.lease({ domain: 'stt', engine: 'openai', url: `${service.url}/v1` })
  await expect(hear()).resolves.toMatchObject({ text: 'Hello there.' })
})

it('a server that has neither path is told with what it needs', async () => {
  without(OPENAI)
  without(WHISPERCPP, 405)
  service.lease({ domain: 'stt' })
  await expect(hear()).rejects.toThrow(
    'answered 404 Not Found: File Not Found (/v1/audio/transcriptions). The server has neither /v1/audio/transcriptions nor ' +
      'the /inference of whisper.cpp: does it hear at all? Correct its URL, or start it with that path ' +
      '(whisper-server --inference-path /v1/audio/transcriptions)',
  )
})

it('what the other path says of itself is told, and a model that is not there asks for no other path', async () => {
  without(OPENAI)
  service.handlers[WHISPERCPP] = failing(500, 'failed to process audio')
  service.lease({ domain: 'stt' })
  await expect(hear()).rejects.toThrow('/inference answered 500 Internal Server Error: failed to')

  service.handlers[OPENAI] = failing(404, '{"detail":"Model \'tiny\' not found"}')
  service.handlers[WHISPERCPP] = () => asked.push('inference')
  service.lease({ domain: 'stt', model: 'tiny' })
  await expect(hear()).rejects.toMatchObject({ code: 'MISSING' })
  expect(asked).not.toContain('inference')
})

it('an answer that is no transcript is told with what it is', async () => {
  service.handlers[OPENAI] = (_, response) => response.end('{"error":"FFmpeg conversion failed."}')
  service.lease({ domain: 'stt' })
  await expect(hear()).rejects.toThrow('(status 200) reported an error: FFmpeg conversion failed.')
})

it('the length of a recording that cannot be read is that which the service tells', async () => {
  service.handlers[OPENAI] = (_, response) =>
    response.end('{"segments":[{"text":" Hello"},{"text":" there."}],"duration":1.5}')
  service.lease({ domain: 'stt' })
  await expect(hear()).resolves.toMatchObject({
    text: 'Hello there.',
    metrics: { audio_seconds: 1.5 },
  })
})
