import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failing, type StandIn, standIn, streamOf } from '../../test/support/service-stand-in.ts'
import { createLlm, createVlm } from './llm.ts'
import { createSts } from './sts.ts'

const never = new AbortController().signal
const TTFT_MS = 120
const GAP_MS = 60
/** Timers may be early by so much, and late by anything. */
const EARLY_MS = 10

let service: StandIn

beforeEach(async () => {
  service = await standIn()
})

afterEach(() => service.stop())

describe('llm', () => {
  it('measures a streamed OpenAI reply and keeps texts and metrics', async () => {
    service.handlers['/v1/chat/completions'] = streamOf(
      'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n',
      [TTFT_MS, 'data: {"choices":[{"delta":{"reasoning_content":"hm"}}]}\n\n'],
      [GAP_MS, 'data: {"choices":[{"delta":{"content":"Za\u017c\u00f3\u0142\u0107 "}}]}\n\n'],
      [
        GAP_MS,
        'data: {"choices":[{"delta":{"content":"ja\u017a\u0144"},"finish_reason":"stop"}]}\r\n\r\n',
      ],
      ': a comment\n\ndata: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":4}}\n\n',
      'data: [DONE]\n\n',
    )
    service.lease({ flags: { stream: true } })
    const reply = await service.within(() => createLlm(never).chat('Hello'))
    expect(reply).toMatchObject({ text: 'Zażółć jaźń', reasoning: 'hm' })
    expect(reply.usage).toEqual({ prompt_tokens: 7, output_tokens: 4 })
    const { metrics } = reply
    const [thought, output] = reply.chunks
    expect(metrics.ttft).toBeGreaterThan((TTFT_MS - EARLY_MS) / 1_000)
    expect(metrics).toMatchObject({
      ttft: thought?.at,
      ttfo: output?.at,
      e2el: reply.chunks[2]?.at,
    })
    expect(metrics.tpot).toBeCloseTo((metrics.e2el - (metrics.ttft ?? 0)) / 3, 9)
    expect(metrics.tps).toBeCloseTo(4 / metrics.e2el, 9)
    expect(metrics.tokens_source).toBe('usage')
    expect(service.bodies['/v1/chat/completions']).toEqual({
      model: 'echo',
      messages: [{ role: 'user', content: 'Hello' }],
      temperature: 0,
      seed: 0,
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(service.recorder.kept()).toMatchObject({
      input_text: 'Hello',
      output_text: 'Zażółć jaźń',
      metrics: { output_tokens: 4, tokens_source: 'usage' },
    })
  })

  it('has no TTFT in batch and joins the texts of several calls', async () => {
    let call = 0
    service.handlers['/v1/chat/completions'] = (_, response) => {
      call += 1
      const message = { content: `<think>no</think>\n${call}` }
      const timings = { predicted_per_second: 50, prompt_per_second: 500 }
      response.end(JSON.stringify({ choices: [{ message }], timings }))
    }
    service.lease({})
    const reply = await service.within(async () => {
      const llm = createLlm(never)
      await llm.chat('one')
      return llm.chat([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'two' },
      ])
    })
    expect(reply).toMatchObject({
      text: '2',
      reasoning: 'no',
      chunks: [{ text: expect.any(String) }],
    })
    expect(reply.metrics).toMatchObject({
      ttft: null,
      itl: null,
      tps: null,
      output_tokens: null,
      tokens_source: null,
      decode_tps: 50,
      prompt_tps: 500,
    })
    expect(service.recorder.kept()).toMatchObject({
      input_text: 'one\nsystem: Be brief.\nuser: two',
      output_text: '1\n2',
    })
  })

  it("takes llama.cpp's speeds, and its counts where there is no usage", async () => {
    const timings =
      '{"cache_n":236,"prompt_n":4,"prompt_per_second":250,"predicted_n":35,"predicted_per_second":52.9}'
    service.handlers['/v1/chat/completions'] = streamOf(
      'data: {"choices":[{"delta":{"content":"Hi"}}],"timings":{"predicted_n":1}}\n\n',
      `data: {"choices":[{"delta":{},"finish_reason":"stop"}],"timings":${timings}}\n\n`,
      'data: [DONE]\n\n',
    )
    service.lease({ flags: { stream: true } })
    const { metrics } = await service.within(() => createLlm(never).chat('Hello'))
    expect(metrics).toMatchObject({
      prompt_tokens: 240,
      output_tokens: 35,
      tokens_source: 'engine',
      prompt_tps: 250,
      decode_tps: 52.9,
    })
  })

  it('tells Ollama with each request what the model was loaded with, and no other engine', async () => {
    service.handlers['/api/chat'] = (_, response) =>
      response.end(JSON.stringify({ message: { content: 'Hi' }, done: true }))
    const flags = { ctx: '2048', num_gpu: '0' }
    service.lease({ engine: 'ollama', apis: ['ollama', 'openai'], flags })
    await service.within(() => createLlm(never).chat('Hello', { maxTokens: 5 }))
    expect(service.bodies['/api/chat']).toMatchObject({
      options: { num_ctx: 2_048, num_gpu: 0, num_predict: 5, temperature: 0, seed: 0 },
    })
    service.lease({ engine: 'sim', apis: ['ollama'], flags })
    await service.within(() => createLlm(never).chat('Hello'))
    expect(service.bodies['/api/chat']).toMatchObject({ options: { temperature: 0, seed: 0 } })
    expect(service.bodies['/api/chat']).not.toHaveProperty('options.num_ctx')
  })

  it("takes Ollama's own numbers where Ollama's protocol is spoken", async () => {
    service.handlers['/api/chat'] = streamOf(
      [TTFT_MS, '{"message":{"content":"Hel"},"done":false}\n{"message":{"con'],
      [GAP_MS, 'tent":"lo"},"done":false}\n'],
      '{"message":{"content":""},"done":true,"load_duration":500000000,"prompt_eval_count":8,' +
        '"prompt_eval_duration":100000000,"eval_count":2,"eval_duration":40000000}\n',
    )
    service.lease({ apis: ['ollama', 'openai'] })
    const reply = await service.within(() =>
      createLlm(never).chat('x', { stream: true, maxTokens: 9 }),
    )
    expect(reply.text).toBe('Hello')
    expect(reply.metrics.ttft).toBe(reply.chunks[0]?.at)
    expect(reply.metrics.ttft).toBeGreaterThan((TTFT_MS - EARLY_MS) / 1_000)
    expect(reply.metrics).toMatchObject({
      load_time: 0.5,
      prompt_tps: 80,
      decode_tps: 50,
      output_tokens: 2,
      tokens_source: 'engine',
    })
    expect(service.bodies['/api/chat']).toMatchObject({
      options: { temperature: 0, seed: 0, num_predict: 9 },
    })
  })
})

describe('a service that does not answer as it should', () => {
  it.each([
    [
      'an error status',
      failing(500, 'x'.repeat(500)),
      ` answered 500 Internal Server Error: ${'x'.repeat(200)}`,
    ],
    [
      'no JSON',
      streamOf('data: {"choices":[{"del\n\n'),
      ' (status 200) sent something that is not JSON: {"choices":[{"del',
    ],
    [
      'an error in its stream',
      streamOf('data: {"error":{"message":"out of memory"}}\n\n'),
      ' (status 200) reported an error in its reply: out of memory',
    ],
    [
      'too little',
      streamOf('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n'),
      ' (status 200) ended its reply after 1 pieces: {"choices":[{"delta":{"content":"Hel"}}]}',
    ],
  ])('is named with its URL when it sends %s', async (_, handler, end) => {
    service.handlers['/v1/chat/completions'] = handler
    service.lease({})
    const asked = service.within(() => createLlm(never).chat('Hello', { stream: true }))
    await expect(asked).rejects.toThrow(
      expect.objectContaining({
        message: `sim://echo at ${service.url}/v1/chat/completions${end}`,
      }),
    )
  })

  it('is named when the connection breaks, when nobody listens, and when the time is over', async () => {
    service.handlers['/v1/chat/completions'] = (_, response) => {
      response.write('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n')
      setTimeout(() => response.destroy(), 30)
    }
    service.lease({})
    await expect(
      service.within(() => createLlm(never).chat('x', { stream: true })),
    ).rejects.toThrow(
      /^sim:\/\/echo at http\S+ \(status 200\) broke off its answer after 0\.\d\d s: /,
    )
    service.handlers['/v1/chat/completions'] = () => {}
    const signal = AbortSignal.timeout(50)
    await expect(service.within(() => createLlm(signal).chat('x'))).rejects.toThrow(
      /^sim:\/\/echo at http\S+ had not finished after 0\.0\d s, when the request was given up: .*timeout/,
    )
    service.lease({ url: 'http://127.0.0.1:9' })
    await expect(service.within(() => createLlm(never).chat('x'))).rejects.toThrow(
      /^sim:\/\/echo at http:\/\/127\.0\.0\.1:9\/v1\/chat\/completions did not answer: (bad port|.*ECONNREFUSED)/,
    )
  })

  it('is told from a loadout without a service of the kind', () => {
    service.lease({ url: null, apis: [] })
    expect(() => createLlm(never)).toThrow(
      'The loadout sim-echo has no service that the llm fixture can ask; its services: sim (no URL, no API).',
    )
    service.lease({ domain: 'sts' }, 2)
    expect(() => createSts(never)).toThrow('The speech-to-speech loadout sim-echo has 2 services')
  })
})

describe('vlm', () => {
  const png = Buffer.from('89504e470d0a1a0a', 'hex')

  it('sends images in the form of each protocol and notes the first as the input', async () => {
    await writeFile(join(service.root, 'red.png'), png)
    const message = { content: 'red' }
    service.handlers['/v1/chat/completions'] = (_, response) =>
      response.end(JSON.stringify({ choices: [{ message }] }))
    service.handlers['/api/chat'] = (_, response) =>
      response.end(JSON.stringify({ message, done: true }))
    service.lease({})
    await service.within(() => createVlm(never).ask('../red.png', 'What colour?'))
    expect(service.bodies['/v1/chat/completions']).toMatchObject({
      messages: [
        {
          content: [
            { type: 'text', text: 'What colour?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          ],
        },
      ],
    })
    expect(service.recorder.kept()).toMatchObject({ input_file: 'red.png' })
    service.lease({ apis: ['ollama'] })
    await service.within(() => createVlm(never).ask([png, png], 'Which?'))
    expect(service.bodies['/api/chat']).toMatchObject({
      messages: [{ content: 'Which?', images: ['iVBORw0KGgo=', 'iVBORw0KGgo='] }],
    })
    const { input_file: copy } = service.recorder.kept() ?? {}
    expect(copy).toMatch(/^attachments\/hello-media-[0-9a-f]{8}\.png$/)
    expect(await readFile(join(service.root, 'session', copy ?? ''))).toEqual(png)
  })
})
