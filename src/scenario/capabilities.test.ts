import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failing, type StandIn, standIn } from '../../test/support/service-stand-in.ts'
import { createLlm, createVlm } from './llm.ts'

const never = new AbortController().signal
const weather = { name: 'get_weather', description: 'Tells the weather.', parameters: {} }
const picture = new URL('../../scenarios/vlm/media/red.png', import.meta.url)

let service: StandIn

beforeEach(async () => {
  service = await standIn()
})

afterEach(() => service.stop())

const withTools = (): Promise<unknown> =>
  service.within(() => createLlm(never).chat('Is it raining?', { tools: [weather] }))
const withImage = (): Promise<unknown> =>
  service.within(async () => createVlm(never).ask(await readFile(picture), 'What is this?'))

describe('what an engine says that its model cannot do is MISSING, with its word and what to do', () => {
  it.each([
    [
      'Ollama, tools',
      withTools,
      400,
      '{"error":"registry.ollama.ai/library/gemma3:270m does not support tools"}',
      'Take a model that can do it',
    ],
    [
      'Ollama, a model for embeddings',
      withTools,
      400,
      '{"error":"\\"nomic-embed-text\\" does not support chat"}',
      'Take a model that can do it',
    ],
    [
      'vLLM, tools',
      withTools,
      400,
      '{"error":{"message":"\\"auto\\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","type":"BadRequestError","param":null,"code":400}}',
      '--enable-auto-tool-choice',
    ],
    [
      'llama-server, tools',
      withTools,
      500,
      '{"error":{"code":500,"message":"tools param requires --jinja flag","type":"server_error"}}',
      'llama-server gives tools with --jinja',
    ],
    [
      'llama-server, images',
      withImage,
      500,
      '{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to provide the mmproj","type":"server_error"}}',
      '#mmproj=',
    ],
    [
      'vLLM, images',
      withImage,
      400,
      '{"error":{"message":"Qwen/Qwen2.5-0.5B-Instruct is not a multimodal model","type":"BadRequestError","param":null,"code":400}}',
      'Take a model that can do it',
    ],
    [
      'vLLM, images that its limit forbids',
      withImage,
      400,
      '{"error":{"message":"At most 0 image(s) may be provided in one prompt.","type":"BadRequestError","code":400}}',
      'Take a model that can do it',
    ],
    [
      'Ollama, images',
      withImage,
      500,
      '{"error":"Failed to create new sequence: this model is missing data required for image input"}',
      'Take a model that can do it',
    ],
  ])('%s', async (_, ask, status, answer, advice) => {
    service.handlers['/v1/chat/completions'] = failing(status, answer)
    service.lease({ domain: ask === withTools ? 'llm' : 'vlm', engine: 'native' })
    const error: unknown = await ask().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'MISSING', status })
    expect((error as Error).message).toContain(advice)
  })

  it('another refusal is a failure', async () => {
    service.handlers['/v1/chat/completions'] = failing(400, '{"error":"invalid tools: no name"}')
    service.lease({ engine: 'native' })
    await expect(withTools()).rejects.toMatchObject({ code: null, status: 400 })
  })
})

describe('Ollama is asked what a model can do', () => {
  const answerOf = (capabilities: unknown): string => JSON.stringify({ capabilities })
  let shown: number

  beforeEach(() => {
    shown = 0
    service.handlers['/api/chat'] = (_, response) =>
      response.end('{"message":{"role":"assistant","content":"A red square."},"done":true}')
    service.lease({ domain: 'vlm', engine: 'ollama', apis: ['ollama', 'openai'] })
  })

  const show = (text: string): void => {
    service.handlers['/api/show'] = (_, response) => {
      shown += 1
      response.end(text)
    }
  }

  it('before an image is sent, which a model without eyes would answer all the same', async () => {
    show(answerOf(['completion']))
    await expect(withImage()).rejects.toMatchObject({
      code: 'MISSING',
      message:
        'ollama://echo has no vision: of its capabilities Ollama says completion. Take a model that can do it, or leave the scenario out of the plan.',
    })
    await expect(withImage()).rejects.toMatchObject({ code: 'MISSING' })
    expect(service.bodies).not.toHaveProperty('/api/chat')
    expect(service.bodies['/api/show']).toEqual({ model: 'echo' })
    expect(shown).toBe(1)
  })

  it('and one that can is asked', async () => {
    show(answerOf(['completion', 'vision']))
    await expect(withImage()).resolves.toMatchObject({ text: 'A red square.' })
  })

  it.each([
    ['an older version', '{"details":{}}'],
    ['an answer that is none', 'what?'],
  ])('%s does not say: then the answer tells', async (_, text) => {
    show(text)
    await expect(withImage()).resolves.toMatchObject({ text: 'A red square.' })
  })

  it('not for a conversation that needs neither tools nor eyes', async () => {
    show(answerOf([]))
    await service.within(() => createVlm(never).chat('Hello'))
    expect(shown).toBe(0)
  })
})
