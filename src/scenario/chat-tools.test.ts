import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type StandIn, standIn, streamOf } from '../../test/support/service-stand-in.ts'
import { createLlm } from './llm.ts'

const never = new AbortController().signal
const COMPLETIONS = '/v1/chat/completions'
const weather = {
  name: 'weather',
  description: 'The weather of a city',
  parameters: z.object({ city: z.string() }),
}
const definition = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}

let service: StandIn

beforeEach(async () => {
  service = await standIn()
})

afterEach(() => service.stop())

describe('tools', () => {
  it('go to a server of OpenAI, whose streamed calls are put together', async () => {
    const delta = (call: unknown): string =>
      `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [call] } }] })}\n\n`
    service.handlers[COMPLETIONS] = streamOf(
      delta({ index: 0, id: 'a', function: { name: 'weather', arguments: '' } }),
      delta({ index: 0, function: { arguments: '{"city":' } }),
      delta({ index: 0, function: { arguments: '"Paris"}' } }),
      delta({ index: 1, id: 'b', function: { name: 'clock', arguments: '{"torn' } }),
      'data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n',
    )
    service.lease({})
    const reply = await service.within(() =>
      createLlm(never).chat('Weather?', { tools: [weather, { name: 'clock' }], stream: true }),
    )
    expect(reply.toolCalls).toEqual([
      { id: 'a', name: 'weather', arguments: { city: 'Paris' } },
      { id: 'b', name: 'clock', arguments: '{"torn' },
    ])
    expect(reply.text).toBe('')
    expect(reply.metrics.ttft).toBe(reply.metrics.ttfo)
    expect(reply.metrics.ttft).toBeGreaterThan(0)
    expect(service.bodies[COMPLETIONS]).toMatchObject({
      tools: [
        definition,
        {
          type: 'function',
          function: { name: 'clock', parameters: { type: 'object', properties: {} } },
        },
      ],
    })
    expect(service.recorder.kept()?.output_text).toBe(
      'weather({"city":"Paris"})\nclock("{\\"torn")',
    )
  })

  it('and their answers go through conversations of both protocols', async () => {
    const call = { id: 'a', name: 'weather', arguments: { city: 'Paris' } }
    const messages = [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', content: 'sunny', toolCallId: 'a', toolName: 'weather' },
    ] as const
    service.handlers[COMPLETIONS] = (_, response) =>
      response.end('{"choices":[{"message":{"content":"It is sunny."}}]}')
    service.handlers['/api/chat'] = (_, response) =>
      response.end(
        JSON.stringify({
          message: { content: '', tool_calls: [{ function: { name: 'clock', arguments: {} } }] },
          done: true,
        }),
      )
    service.lease({})
    await service.within(() => createLlm(never).chat(messages))
    expect(service.bodies[COMPLETIONS]).toMatchObject({
      messages: [
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          tool_calls: [
            {
              id: 'a',
              type: 'function',
              function: { name: 'weather', arguments: '{"city":"Paris"}' },
            },
          ],
        },
        { role: 'tool', content: 'sunny', tool_call_id: 'a' },
      ],
    })
    service.lease({ apis: ['ollama'] })
    const reply = await service.within(() => createLlm(never).chat(messages, { tools: [weather] }))
    expect(reply.toolCalls).toEqual([{ id: null, name: 'clock', arguments: {} }])
    expect(service.bodies['/api/chat']).toMatchObject({
      messages: [
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          tool_calls: [{ function: { name: 'weather', arguments: { city: 'Paris' } } }],
        },
        { role: 'tool', content: 'sunny', tool_name: 'weather' },
      ],
      tools: [definition],
    })
  })
})

it('a schema, seed and temperature go with the request in the form of each protocol', async () => {
  service.handlers[COMPLETIONS] = (_, response) =>
    response.end('{"choices":[{"message":{"content":"{}"}}]}')
  service.handlers['/api/chat'] = (_, response) =>
    response.end('{"message":{"content":"{}"},"done":true}')
  const schema = { type: 'object', properties: { a: { type: 'number' } } }
  service.lease({})
  const ask = () =>
    service.within(() => createLlm(never).chat('x', { schema, seed: 7, temperature: 0.5 }))
  await ask()
  expect(service.bodies[COMPLETIONS]).toMatchObject({
    seed: 7,
    temperature: 0.5,
    response_format: { type: 'json_schema', json_schema: { name: 'reply', schema, strict: true } },
  })
  service.lease({ apis: ['ollama'] })
  await ask()
  expect(service.bodies['/api/chat']).toMatchObject({
    format: schema,
    options: { seed: 7, temperature: 0.5 },
  })
})
