// @module-tag long
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLlm } from '../src/scenario/llm.ts'
import { createStt, createTts } from '../src/scenario/speech.ts'
import { type StandIn, standIn, wavHeader } from './support/service-stand-in.ts'

/** Longer than HTTP clients wait for the head of an answer, or for its next piece, where nobody tells them: 300 s. */
const LONG_MS = 310_000

const never = new AbortController().signal
const HELLO = { choices: [{ message: { role: 'assistant', content: 'Hello!' } }] }
const PIECE = { choices: [{ delta: { content: 'Hello!' }, finish_reason: null }] }
const END = { choices: [{ delta: {}, finish_reason: 'stop' }] }

let service: StandIn
beforeAll(async () => {
  service = await standIn()
})
afterAll(() => service.stop())

test('a reply that takes longer than 300 s is waited for, before its head and between its pieces', async () => {
  Object.assign(service.handlers, {
    '/v1/chat/completions': async (body, response) => {
      const { stream } = JSON.parse(body.toString()) as { stream: boolean }
      if (stream) response.write(`data: ${JSON.stringify(PIECE)}\n\n`)
      await sleep(LONG_MS)
      response.end(
        stream ? `data: ${JSON.stringify(END)}\n\ndata: [DONE]\n\n` : JSON.stringify(HELLO),
      )
    },
    '/v1/audio/transcriptions': async (_, response) => {
      await sleep(LONG_MS)
      response.end('{"text":"Hello!"}')
    },
    '/v1/audio/speech': async (_, response) => {
      response.writeHead(200, { 'content-type': 'audio/wav' })
      response.write(wavHeader(32_000))
      await sleep(LONG_MS)
      response.end(Buffer.alloc(32_000))
    },
  } satisfies StandIn['handlers'])
  service.lease({})
  const [whole, streamed, heard, spoken] = await Promise.all([
    service.within(() => createLlm(never).chat('Hi')),
    service.within(() => createLlm(never).chat('Hi', { stream: true })),
    service.within(() => createStt(never).transcribe(wavHeader(0))),
    service.within(() => createTts(never).speak('Hi')),
  ])
  expect([whole.text, streamed.text, heard.text]).toEqual(['Hello!', 'Hello!', 'Hello!'])
  const times = [whole.metrics.e2el, streamed.metrics.e2el, heard.metrics.stt_time]
  for (const time of [...times, spoken.metrics.tts_time]) expect(time).toBeGreaterThan(300)
})
