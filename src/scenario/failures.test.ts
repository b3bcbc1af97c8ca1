import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  failing,
  type Handler,
  type StandIn,
  standIn,
  streamOf,
  wavHeader,
} from '../../test/support/service-stand-in.ts'
import { type ServiceError } from './exchange.ts'
import { createLlm } from './llm.ts'
import { createStt, createTts } from './speech.ts'

const never = new AbortController().signal
const HELLO = 'data: {"choices":[{"delta":{"content":"Hello "}}]}\n\n'
const OLLAMA_HELLO = '{"message":{"content":"Hello "},"done":false}\n'
const protocols = [
  { api: 'openai', path: '/v1/chat/completions', hello: HELLO },
  { api: 'ollama', path: '/api/chat', hello: OLLAMA_HELLO },
] as const

let service: StandIn

beforeEach(async () => {
  service = await standIn()
})

afterEach(() => service.stop())

async function failureOf(
  { api, path }: (typeof protocols)[number],
  handler: Handler,
  { stream = true, signal = never, engine = 'vllm' } = {},
): Promise<ServiceError> {
  service.handlers[path] = handler
  service.lease({ engine, model: 'org/model', apis: [api] })
  const asked = service.within(() => createLlm(signal).chat('Hi', { stream }))
  return asked.then(
    () => expect.unreachable('the chat went well'),
    (error: unknown) => error as ServiceError,
  )
}

const named = (rest: RegExp): RegExp =>
  new RegExp(String.raw`^vllm://org/model at http://127\.0\.0\.1:\d+/\S+ ${rest.source}`)

describe.each(protocols)('over $api', (protocol) => {
  it('a stream that is cut keeps what was received', async () => {
    const error = await failureOf(protocol, (_, response) => {
      response.write(protocol.hello)
      setTimeout(() => response.destroy(), 40)
    })
    expect(error.message).toMatch(named(/\(status 200\) broke off its answer after 0\.\d\d s: /))
    expect(error).toMatchObject({ received: 'Hello ', status: 200, code: null })
    expect(service.recorder.kept()).toMatchObject({
      output_text: 'Hello ',
      metrics: { ttft: expect.any(Number) },
    })
  })

  it('a stream that ends without saying so keeps what was received', async () => {
    const error = await failureOf(protocol, streamOf(protocol.hello))
    expect(error.message).toMatch(named(/\(status 200\) ended its reply after 1 pieces/))
    expect(service.recorder.kept()).toMatchObject({ output_text: 'Hello ' })
  })

  it('a garbled stream is quoted, and keeps what came before', async () => {
    const garbage = protocol.api === 'openai' ? 'data: {"cho\u0000\n\n' : '{"mess\n'
    const error = await failureOf(protocol, streamOf(protocol.hello, [20, garbage]))
    expect(error.message).toMatch(named(/\(status 200\) sent something that is not JSON: \{"/))
    expect(service.recorder.kept()).toMatchObject({ output_text: 'Hello ' })
  })

  it('an empty stream is told as such', async () => {
    const error = await failureOf(protocol, streamOf())
    expect(error.message).toMatch(named(/\(status 200\) sent an empty stream$/))
    expect(error.received).toBe('')
  })

  it('a garbled answer in one piece is kept as it came', async () => {
    const error = await failureOf(protocol, streamOf('<html>', 'oops'), { stream: false })
    expect(error.message).toMatch(named(/\(status 200\) sent a page instead of a reply: oops$/))
    expect(error.received).toBe('<html>oops')
  })

  it('an answer that comes after the time is over keeps what was received', async () => {
    const handler = streamOf(protocol.hello, [3_000, protocol.hello])
    const signal = AbortSignal.timeout(150)
    const error = await failureOf(protocol, handler, { signal })
    expect(error.message).toMatch(
      named(/\(status 200\) had not finished after 0\.\d\d s, when the request was given up: /),
    )
    expect(service.recorder.kept()).toMatchObject({ output_text: 'Hello ' })
  })

  it.each([
    [401, 'bad key', /answered 401 Unauthorized: bad key$/],
    [500, 'CUDA error', /answered 500 Internal Server Error: CUDA error$/],
    [404, 'no such page', /answered 404 Not Found: no such page$/],
  ])('status %i is told with what the service said', async (status, text, rest) => {
    const error = await failureOf(protocol, failing(status, text))
    expect(error.message).toMatch(named(rest))
    expect(error).toMatchObject({ status, code: null, retryAfter: null })
  })

  it.each([
    ['7', 7],
    [new Date(Date.now() + 90_000).toUTCString(), expect.closeTo(90, -1)],
  ])('status 429 with Retry-After %s says how long to wait', async (header, seconds) => {
    const error = await failureOf(protocol, (_, response) =>
      response.writeHead(429, { 'retry-after': header }).end('slow down'),
    )
    expect(error.message).toMatch(
      named(/answered 429 Too Many Requests \(Retry-After: \d+ s\): slow down$/),
    )
    expect(error).toMatchObject({ status: 429, retryAfter: seconds })
  })

  it('a model that is not there is MISSING, with the command that gets it', async () => {
    const text = '{"error":"model \'org/model\' not found"}'
    const error = await failureOf(protocol, failing(404, text))
    expect(error).toMatchObject({ status: 404, code: 'MISSING' })
    expect(error.message).toMatch(named(/answered 404 Not Found: .*\. The service does not have/))
    const ofOllama = await failureOf(protocol, failing(404, text), { engine: 'ollama' })
    expect(ofOllama.message).toMatch(/`ollama pull org\/model`$/)
  })
})

describe.each([
  { what: 'speech', path: '/v1/audio/speech' },
  { what: 'a transcription', path: '/v1/audio/transcriptions' },
])('of $what', ({ what, path }) => {
  async function failure(handler: Handler, signal = never): Promise<ServiceError> {
    service.handlers[path] = handler
    service.lease({ engine: 'vllm', model: 'org/model', domain: what === 'speech' ? 'tts' : 'stt' })
    const asked = service.within<unknown>(() =>
      what === 'speech'
        ? createTts(signal).speak('Hello')
        : createStt(signal).transcribe(wavHeader(0)),
    )
    return asked.then(
      () => expect.unreachable('it went well'),
      (error: unknown) => error as ServiceError,
    )
  }

  it.each([
    [401, 'bad key', null, /answered 401 Unauthorized: bad key$/],
    [500, 'CUDA error', null, /answered 500 Internal Server Error: CUDA error$/],
    [404, 'model not found', 'MISSING', /answered 404 Not Found: .*\. The service does not have/],
  ])('status %i is told with what the service said', async (status, text, code, rest) => {
    let asked = 0
    const error = await failure((body, response) => {
      asked += 1
      return failing(status, text)(body, response)
    })
    expect(error.message).toMatch(named(rest))
    expect(error).toMatchObject({ status, code })
    expect(asked).toBe(1)
  })

  it('a runner that was ended for an instruction of another processor is told with what to build', async () => {
    service.lease({ engine: 'ollama', apis: ['openai'] })
    const text = 'llama runner process has terminated: signal: illegal instruction (core dumped)'
    const error = await failureOf(protocols[0], failing(500, text), { engine: 'ollama' })
    expect(error.message).toContain(
      `${text}. It was built for the instructions of another processor`,
    )
  })

  it('status 429 says how long to wait, and nothing is asked again', async () => {
    let asked = 0
    const error = await failure((_, response) => {
      asked += 1
      return response.writeHead(429, { 'retry-after': '7' }).end('slow down')
    })
    expect(error).toMatchObject({ status: 429, retryAfter: 7 })
    expect(asked).toBe(1)
  })

  it('an answer that is cut is told, with what had come', async () => {
    const error = await failure((_, response) => {
      response.write(wavHeader(1_000))
      setTimeout(() => response.destroy(), 40)
    })
    expect(error.message).toMatch(named(/\(status 200\) broke off its answer after 0\.\d\d s: /))
    expect(what === 'speech' ? service.recorder.kept()?.output_file : error.received).toMatch(
      what === 'speech' ? /^attachments\/hello-speech-\w+\.wav$/ : /^RIFF/,
    )
  })

  it('no answer within the time is told with what was waited for', async () => {
    const reason = new Error('the time limit of the test is 1 s')
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 100)
    const error = await failure(() => {}, controller.signal)
    expect(error.message).toMatch(
      named(/had not finished after 0\.\d\d s, when the request was given up: the time limit/),
    )
  })

  it('a server that is not there is told with the reason', async () => {
    const { url } = service
    await service.stop()
    service = await standIn()
    service.lease({ engine: 'vllm', model: 'org/model', url })
    const asked = service.within<unknown>(() =>
      what === 'speech' ? createTts(never).speak('Hi') : createStt(never).transcribe(wavHeader(0)),
    )
    await expect(asked).rejects.toThrow(named(/did not answer: .*ECONNREFUSED/))
  })
})
