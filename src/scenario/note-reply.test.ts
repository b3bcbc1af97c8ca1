import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ExchangedReply } from '../events/index.ts'
import { type StandIn, standIn } from '../../test/support/service-stand-in.ts'
import type { ChatOptions } from './chat.ts'
import { createLlm, createVlm } from './llm.ts'
import { createStt } from './speech.ts'

const never = new AbortController().signal
let service: StandIn

beforeEach(async () => {
  service = await standIn()
})

afterEach(() => service.stop())

/** The replies that a test has kept so far. */
function replies(): ExchangedReply[] {
  return service.recorder.kept()?.replies ?? []
}

function answer(message: object): void {
  service.handlers['/v1/chat/completions'] = (_, response) =>
    response.end(JSON.stringify({ choices: [{ message, finish_reason: 'stop' }] }))
}

async function ask(text: string, options: ChatOptions = {}): Promise<ExchangedReply> {
  await service.within(() => createLlm(never).chat(text, options))
  return replies().at(-1)!
}

test('the same request has the same digest whatever the answer is, and another one where anything of it differs', async () => {
  service.lease({})
  answer({ content: 'Paris' })
  const first = await ask('Capital of France?')
  expect(first).toEqual({
    request: expect.stringMatching(/^[0-9a-f]{32}$/),
    reply: expect.stringMatching(/^[0-9a-f]{32}$/),
    temperature: 0,
    seed: 0,
  })
  expect(await ask('Capital of France?')).toEqual(first)
  answer({ content: 'Paris.' })
  const second = await ask('Capital of France?')
  expect(second).toEqual({ ...first, reply: expect.not.stringMatching(first.reply) })
  const others = [
    await ask('Capital of Spain?'),
    await ask('Capital of France?', { temperature: 0.7 }),
    await ask('Capital of France?', { seed: 1 }),
    await ask('Capital of France?', { maxTokens: 9 }),
    await ask('Capital of France?', { tools: [{ name: 'look_up' }] }),
  ]
  expect(new Set([first, ...others].map(({ request }) => request)).size).toBe(6)
  expect(others[1]).toMatchObject({ temperature: 0.7, seed: 0 })
})

test('a tool that is asked for is an answer, and the name that the server gives the call is none', async () => {
  service.lease({})
  const call = (id: string, city: string): object => ({
    content: null,
    tool_calls: [{ id, function: { name: 'weather', arguments: JSON.stringify({ city }) } }],
  })
  answer(call('call_1', 'Oslo'))
  const first = await ask('Rain?')
  answer(call('call_2', 'Oslo'))
  expect((await ask('Rain?')).reply).toBe(first.reply)
  answer(call('call_2', 'Bergen'))
  expect((await ask('Rain?')).reply).not.toBe(first.reply)
})

test('images and recordings are told by what they hold', async () => {
  service.lease({})
  answer({ content: 'red' })
  const png = Buffer.from('89504e470d0a1a0a', 'hex')
  const look = (bytes: Buffer) => service.within(() => createVlm(never).ask(bytes, 'What colour?'))
  await look(png)
  await look(png)
  await look(Buffer.concat([png, png]))
  const [one, same, other] = replies().map(({ request }) => request)
  expect([one === same, one === other]).toEqual([true, false])

  service.lease({ domain: 'stt' })
  service.handlers['/v1/audio/transcriptions'] = (_, response) => response.end('{"text":"hello"}')
  const hear = (language?: string) =>
    service.within(() => createStt(never).transcribe(png, language ? { language } : {}))
  await hear()
  await hear('pl')
  const [heard, polish] = replies().slice(-2)
  expect(heard).toMatchObject({ temperature: 0, seed: null, reply: polish!.reply })
  expect(polish!.request).not.toBe(heard!.request)
})
