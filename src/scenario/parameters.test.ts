import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { type Handler, type StandIn, standIn } from '../../test/support/service-stand-in.ts'
import type { WorkerConnection } from '../services/leases/lease-client.ts'
import type { Learned } from '../services/leases/lease-protocol.ts'
import { current } from './current.ts'
import { createLlm } from './llm.ts'
import { createStt } from './speech.ts'

const never = new AbortController().signal
const REPLY = { choices: [{ message: { role: 'assistant', content: 'Hello!' } }] }

/** As in the worker of another file. */
function forget(): void {
  const key = Symbol.for('jarvis.scenario.parameters')
  ;(globalThis as unknown as Record<symbol, Map<string, unknown>>)[key]!.clear()
}

let service: StandIn
beforeEach(async () => {
  service = await standIn()
})
afterEach(() => service.stop())

/** A server that knows these parameters alone; `asked` is what it was sent, request by request. */
function knowing(...known: string[]): { handler: Handler; asked: string[][] } {
  const asked: string[][] = []
  const handler: Handler = (body, response) => {
    const names = Object.keys(JSON.parse(body.toString()) as object)
    asked.push(names)
    const unknown = names.find((name) => !known.includes(name))
    if (unknown === undefined) return response.end(JSON.stringify(REPLY))
    const message = `Unsupported parameter: '${unknown}' is not supported with this model.`
    return response.writeHead(400).end(JSON.stringify({ error: { message, param: unknown } }))
  }
  return { handler, asked }
}

const ask = (maxTokens?: number) =>
  service.within(() => createLlm(never).chat('Hi', maxTokens === undefined ? {} : { maxTokens }))

it('what a server refuses is left out, at once in later requests, and noted with each test', async () => {
  const { handler, asked } = knowing('model', 'messages', 'stream')
  service.handlers['/v1/chat/completions'] = handler
  service.lease({})
  await expect(ask()).resolves.toMatchObject({ text: 'Hello!' })
  expect(asked).toEqual([
    ['model', 'messages', 'temperature', 'seed', 'stream'],
    ['model', 'messages', 'seed', 'stream'],
    ['model', 'messages', 'stream'],
  ])
  expect(service.recorder.kept()?.dropped_parameters).toEqual(['temperature', 'seed'])
  await ask()
  expect(asked.slice(3)).toEqual([['model', 'messages', 'stream']])
})

it('what the files before have learned is left out of the first request', async () => {
  const { handler, asked } = knowing('model', 'messages', 'stream')
  service.handlers['/v1/chat/completions'] = handler
  service.lease({ model: 'learned' })
  const learn = vi.fn<WorkerConnection['learn']>()
  current().connection = { learn } as unknown as WorkerConnection
  onTestFinished(() => {
    current().connection = undefined
  })
  await ask()
  const learned = Object.assign({}, ...learn.mock.calls.map(([one]) => one)) as Learned
  service.lease({ model: 'learned', name: 'of the next file' })
  current().lease = { ...current().lease!, learned }
  forget()
  await ask()
  expect(learn).toHaveBeenCalledOnce()
  expect(asked).toHaveLength(4)
  expect(asked.at(-1)).toEqual(['model', 'messages', 'stream'])
})

it('a limit of tokens has the newer name where the older one is refused, and is left out where both are', async () => {
  const names = ['model', 'messages', 'stream', 'temperature', 'seed']
  const newer = knowing(...names, 'max_completion_tokens')
  service.handlers['/v1/chat/completions'] = newer.handler
  service.lease({ model: 'newer' })
  await ask(64)
  await ask(64)
  expect(service.bodies['/v1/chat/completions']).toMatchObject({ max_completion_tokens: 64 })
  expect(newer.asked).toHaveLength(3)
  expect(service.recorder.kept()?.dropped_parameters).toBeUndefined()

  const neither = knowing(...names)
  service.handlers['/v1/chat/completions'] = neither.handler
  service.lease({ model: 'neither' })
  await ask(64)
  expect(neither.asked).toHaveLength(3)
  expect(service.recorder.kept()?.dropped_parameters).toEqual(['max_tokens'])
  // What is not asked for is not left out.
  await ask()
  expect(neither.asked).toHaveLength(4)
})

it('the plan leaves parameters out before anybody refuses them', async () => {
  const { handler, asked } = knowing('model', 'messages', 'stream')
  service.handlers['/v1/chat/completions'] = handler
  service.lease({ flags: { omit: 'seed,temperature,stream_options' } })
  await ask()
  expect(asked).toEqual([['model', 'messages', 'stream']])
  expect(service.recorder.kept()?.dropped_parameters).toEqual(['seed', 'temperature'])
})

it('the plan leaves them out of the protocol of Ollama by the same names', async () => {
  service.handlers['/api/chat'] = (_, response) =>
    response.end('{"message":{"content":"Hello!"},"done":true}')
  service.lease({ engine: 'ollama', apis: ['ollama'], flags: { omit: 'seed,max_tokens' } })
  await ask(64)
  expect(service.bodies['/api/chat']).toMatchObject({ options: { temperature: 0 } })
  expect(service.bodies['/api/chat']).not.toHaveProperty('options.seed')
  expect(service.bodies['/api/chat']).not.toHaveProperty('options.num_predict')
  expect(service.recorder.kept()?.dropped_parameters).toEqual(['seed', 'max_tokens'])
})

it('a request that fails in any case tells the last refusal, and nothing is remembered', async () => {
  let asked = 0
  service.handlers['/v1/chat/completions'] = (body, response) => {
    asked += 1
    const { seed } = JSON.parse(body.toString()) as { seed?: number }
    const message = seed === undefined ? 'the GPU is gone' : "Unrecognized argument: 'seed'"
    response.writeHead(400).end(message)
  }
  service.lease({})
  for (const requests of [2, 4]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    await expect(ask()).rejects.toThrow('answered 400 Bad Request: the GPU is gone')
    expect(asked).toBe(requests)
  }
  expect(service.recorder.kept()?.dropped_parameters).toBeUndefined()
})

it('the time of a reply does not hold that of a refusal before it', async () => {
  service.handlers['/v1/chat/completions'] = async (body, response) => {
    const { seed } = JSON.parse(body.toString()) as { seed?: number }
    if (seed === undefined) return response.end(JSON.stringify(REPLY))
    await new Promise((resolve) => setTimeout(resolve, 500))
    return response.writeHead(400).end("Unrecognized argument: 'seed'")
  }
  service.lease({})
  const before = performance.now()
  const { metrics } = await ask()
  const whole = performance.now() - before
  expect(whole - metrics.e2el! * 1_000).toBeGreaterThan(400)
})

it('a transcription does without what its server does not know', async () => {
  const forms: string[] = []
  service.handlers['/v1/audio/transcriptions'] = (body, response) => {
    forms.push(body.toString('latin1'))
    if (!forms.at(-1)!.includes('name="temperature"')) return response.end('{"text":"Hello"}')
    return response
      .writeHead(422)
      .end('{"detail":[{"loc":["body","temperature"],"type":"extra_forbidden"}]}')
  }
  service.lease({ domain: 'stt' })
  const heard = await service.within(() => createStt(never).transcribe(new Uint8Array([1])))
  expect(heard.text).toBe('Hello')
  expect(forms).toHaveLength(2)
  expect(service.recorder.kept()?.dropped_parameters).toEqual(['temperature'])
})
