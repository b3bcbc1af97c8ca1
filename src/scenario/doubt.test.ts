import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type StandIn, standIn, streamOf } from '../../test/support/service-stand-in.ts'
import type { ChatPiece } from './chat-protocol.ts'
import { noteSent, watchRequest } from './doubt.ts'
import { createLlm } from './llm.ts'
import { createStt } from './speech.ts'

const never = new AbortController().signal
let service: StandIn

beforeEach(async () => {
  service = await standIn()
})

afterEach(() => service.stop())

function flags(): string[] {
  return service.recorder.kept()?.flags ?? []
}

/** Lets nothing else happen in this process. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

const word = (text: string): string => `data: {"choices":[{"delta":{"content":"${text}"}}]}\n\n`
const stop = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

test('a reply of which several chunks came in one read says so', async () => {
  service.lease({ flags: { stream: true } })
  service.handlers['/v1/chat/completions'] = streamOf(word('a') + word('b'), [40, word('c')], stop)
  await service.within(() => createLlm(never).chat('x'))
  expect(flags()).toContain('shared_reads')
})

/** What is said of pieces that came at these times, of a reply that took so long that nothing else counts. */
async function flagsOf(pieces: Partial<ChatPiece>[]): Promise<string[]> {
  const whole = pieces.map((piece) => ({ text: 'a', at: 0, reasoning: false, ...piece }))
  const act = (): Promise<ChatPiece[]> => {
    noteSent()
    return Promise.resolve(whole)
  }
  const times = { first: 1e6, end: 1e7 }
  await service.within(() => watchRequest(act, (all) => ({ ...times, pieces: all })))
  return flags()
}

test('a chunk with the last thought and the first word, and one in a hundred, say nothing', async () => {
  expect(
    await flagsOf([{ reasoning: true }, {}, { at: 1 }, { at: 2 }, { at: 2, tool: true }]),
  ).toEqual([])
  const many = Array.from({ length: 100 }, (_, at) => ({ at }))
  expect(await flagsOf([...many, { at: 99 }])).toEqual([])
  expect(await flagsOf([{ at: 0 }, ...many, { at: 99 }])).toEqual(['shared_reads'])
})

test('a reply for which this process could attend to nothing for a while says so', async () => {
  service.lease({ flags: { stream: true } })
  const asked = Promise.withResolvers<void>()
  service.handlers['/v1/chat/completions'] = async (_, response) => {
    response.write(word('a'))
    asked.resolve()
    await sleep(60)
    response.end(word('b') + stop)
  }
  const chat = service.within(() => createLlm(never).chat('x'))
  await asked.promise
  block(200)
  await chat
  expect(flags()).toContain('event_loop_lag')
})

test('so does what was heard meanwhile, in one piece', async () => {
  service.lease({ domain: 'stt' })
  const asked = Promise.withResolvers<void>()
  service.handlers['/v1/audio/transcriptions'] = async (_, response) => {
    asked.resolve()
    await sleep(60)
    response.end('{"text":"hello"}')
  }
  const hear = service.within(() => createStt(never).transcribe(Buffer.from('RIFF')))
  await asked.promise
  block(200)
  await hear
  expect(flags()).toContain('event_loop_lag')
})

test('a request that took long to be sent says so', async () => {
  service.lease({ flags: { stream: true } })
  service.handlers['/v1/chat/completions'] = streamOf(word('a'), [10, stop])
  // To make bytes of it and to write them takes longer than the service does.
  await service.within(() => createLlm(never).chat('x'.repeat(10_000_000)))
  expect(flags()).toContain('harness_delay')
})
