import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { launch, pieces } from '../../test/sim/engine.ts'

interface Chunk {
  choices: { delta: { content?: string; role?: string }; finish_reason: string | null }[]
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null
}

const SENTENCE = 'Dzień dobry, the quick brown fox jumps over the lazy dog.'

/** A picture of one colour, 40 by 30 pixels. */
function plainPng(red: number, green: number, blue: number): string {
  const part = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)])
  }
  const header = Buffer.from([0, 0, 0, 40, 0, 0, 0, 30, 8, 2, 0, 0, 0])
  const row = [0, ...Array.from({ length: 40 }, () => [red, green, blue]).flat()]
  const pixels = deflateSync(Buffer.from(Array.from({ length: 30 }, () => row).flat()))
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  const file = Buffer.concat([signature, part('IHDR', header), part('IDAT', pixels)])
  return `data:image/png;base64,${file.toString('base64')}`
}

test('models, health and an answer in one piece are as with OpenAI', async () => {
  const engine = launch()
  expect(await (await engine.get('/health')).json()).toEqual({ status: 'ok' })
  expect(await (await engine.get('/v1/models')).json()).toMatchObject({
    object: 'list',
    data: [{ id: 'tiny', object: 'model' }],
  })
  const answer = await engine.ask('What is the capital of France?')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({
    object: 'chat.completion',
    model: 'tiny',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'The capital of France is Paris.' },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
  })
  await engine.seen(/POST \/v1\/chat\/completions 200 \d\.\d{3}s prompt=11 output=7 tokens/)
  expect(engine.output()).toContain('its numbers describe the simulator')
})

test('a stream comes token by token at the stated pace, and ends with the usage', async () => {
  const engine = launch('--ttft', '0.2', '--rate', '100')
  await engine.ask('Hello')
  const start = performance.now()
  const options = { stream: true, stream_options: { include_usage: true } }
  const stream = await engine.ask('Write 60 words about rivers', options)
  expect(stream.headers.get('content-type')).toBe('text/event-stream')
  const lines = await pieces(stream, start)
  expect(lines.at(-1)?.text).toBe('[DONE]')
  const chunks = lines.slice(0, -1).map(({ text, at }) => ({ ...(JSON.parse(text) as Chunk), at }))
  const content = chunks.filter(({ choices }) => choices[0]?.delta.content)
  const usage = chunks.at(-1)?.usage
  expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' })
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
  expect(chunks.at(-1)?.choices).toEqual([])
  expect(usage?.completion_tokens).toBe(content.length)
  const text = content.map(({ choices }) => choices[0]?.delta.content).join('')
  expect(text.split(' ')).toHaveLength(60)
  const first = content[0]?.at ?? 0
  const last = content.at(-1)?.at ?? 0
  expect(first).toBeGreaterThan(0.19)
  expect(first).toBeLessThan(0.5)
  expect((content.length - 1) / (last - first)).toBeGreaterThan(60)
  expect((content.length - 1) / (last - first)).toBeLessThan(115)
})

test('limits, stop words and JSON answers are obeyed', async () => {
  const engine = launch()
  const content = async (question: string, more: object) =>
    ((await (await engine.ask(question, more)).json()) as { choices: unknown[] }).choices[0]
  expect(await content('Count from 1 to 9', { max_tokens: 3 })).toMatchObject({
    message: { content: '1, 2' },
    finish_reason: 'length',
  })
  expect(await content('Count from 1 to 9', { stop: [', 4', 'x'] })).toMatchObject({
    message: { content: '1, 2, 3' },
    finish_reason: 'stop',
  })
  const json = { response_format: { type: 'json_object' } }
  expect(await content('What is 2 + 2? One word.', json)).toMatchObject({
    message: { content: '{"answer":"4"}' },
  })
})

test('bad requests are refused in the words of OpenAI', async () => {
  const engine = launch()
  const user = [{ role: 'user', content: 'Hello' }]
  const refusals: [unknown, number, RegExp][] = [
    ['', 400, /missing request body/],
    ['{"model":', 400, /not valid JSON/],
    ['[]', 400, /must be a JSON object/],
    [{ messages: user }, 400, /provide a model/],
    [{ model: 'other', messages: user }, 404, /model 'other' does not exist/],
    [{ model: 'tiny', messages: [] }, 400, /at least one message/],
    [{ model: 'tiny', messages: [{ role: 'robot', content: '' }] }, 400, /messages\[0\]\.role/],
    [{ model: 'tiny', messages: [{ role: 'user' }] }, 400, /messages\[0\]\.content/],
    [{ model: 'tiny', messages: user, stream: 'yes' }, 400, /'stream': expected true or false/],
    [{ model: 'tiny', messages: user, max_tokens: 0 }, 400, /'max_tokens'/],
    [{ model: 'tiny', messages: user, tools: [{}] }, 400, /a name parameter/],
  ]
  for (const [body, status, message] of refusals) {
    const response = await engine.post('/v1/chat/completions', body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringMatching(message), type: 'invalid_request_error' },
    })
  }
  expect((await engine.get('/v1/nothing')).status).toBe(404)
  expect((await engine.get('/v1/chat/completions')).status).toBe(405)
})

test('pictures are seen; what is no PNG is refused', async () => {
  const engine = launch()
  const look = async (url: string, text: string) => {
    const image = { type: 'image_url', image_url: { url } }
    const messages = [{ role: 'user', content: [{ type: 'text', text }, image] }]
    const response = await engine.post('/v1/chat/completions', { model: 'tiny', messages })
    return JSON.stringify(await response.json())
  }
  expect(await look(plainPng(200, 10, 10), 'What colour is this image?')).toContain('is red.')
  expect(await look(plainPng(10, 10, 200), 'How large is it?')).toContain('40 by 30 pixels')
  expect(await look('data:image/gif;base64,R0lGODlh', 'Colour?')).toContain('PNG images only')
  expect(await look('https://example.org/x.png', 'Colour?')).toContain('data: URLs')
})

test('speech is streamed with its header first, and transcribed back word by word', async () => {
  const engine = launch('--ttft', '0.2', '--rate', '40')
  const start = performance.now()
  const speech = await engine.post('/v1/audio/speech', { model: 'tiny', input: SENTENCE })
  expect(speech.headers.get('content-type')).toBe('audio/wav')
  const chunks: { bytes: Uint8Array; at: number }[] = []
  for await (const bytes of speech.body ?? []) chunks.push({ bytes, at: performance.now() - start })
  expect(chunks[0]?.bytes).toHaveLength(44)
  expect(chunks[1]?.at).toBeGreaterThan(190)
  expect(chunks.length).toBeGreaterThan(1)
  const wav = Buffer.concat(chunks.map(({ bytes }) => bytes))
  const seconds = (wav.length - 44) / 32_000
  expect(wav.readUInt32LE(40)).toBe(wav.length - 44)

  const transcribe = async (format: string) => {
    const form = new FormData()
    form.set('file', new File([wav], 'speech.wav'))
    form.set('model', 'tiny')
    form.set('response_format', format)
    return engine.upload(form)
  }
  expect(await (await transcribe('text')).text()).toBe(`${SENTENCE}\n`)
  expect(await (await transcribe('json')).json()).toMatchObject({ text: SENTENCE })
  const before = performance.now()
  const verbose = (await (await transcribe('verbose_json')).json()) as { duration: number }
  expect(verbose).toMatchObject({ text: SENTENCE, language: 'polish', segments: [{ id: 0 }] })
  expect(verbose.duration).toBeCloseTo(seconds, 3)
  expect((performance.now() - before) / 1000).toBeGreaterThan(0.19 + seconds / 0.25 / 40)
  expect((await transcribe('srt')).status).toBe(400)
})

test('raw speech has no header, and bad audio requests are refused', async () => {
  const engine = launch()
  const say = (body: object) => engine.post('/v1/audio/speech', { model: 'tiny', ...body })
  const [wav, pcm] = await Promise.all([
    (await say({ input: 'Hello', response_format: 'wav', speed: 2 })).arrayBuffer(),
    (await say({ input: 'Hello', response_format: 'pcm', speed: 2 })).arrayBuffer(),
  ])
  expect(wav.byteLength - pcm.byteLength).toBe(44)
  const statuses = await Promise.all(
    [{}, { input: '' }, { input: 'x', response_format: 'mp3' }, { input: 'x', speed: 9 }].map(
      async (body) => (await say(body)).status,
    ),
  )
  expect(statuses).toEqual([400, 400, 400, 400])
  expect((await engine.post('/v1/audio/transcriptions', 'no form')).status).toBe(400)
  const form = new FormData()
  form.set('model', 'tiny')
  expect((await engine.upload(form)).status).toBe(400)
  form.set('file', new File(['ID3 music'], 'music.mp3'))
  const refusal = await engine.upload(form)
  expect(refusal.status).toBe(400)
  expect(await refusal.text()).toContain('The file is MP3 audio, not a WAV file.')
})

test('a JSON schema gives an instance of it, streamed or not', async () => {
  const engine = launch()
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'integer' } },
    required: ['name', 'age'],
  }
  const response_format = { type: 'json_schema', json_schema: { name: 'person', schema } }
  const question = 'As JSON: Ada Lovelace is 36 years old.'
  const whole = await engine.ask(question, { response_format })
  expect(await whole.json()).toMatchObject({
    choices: [{ message: { content: '{"name":"Ada Lovelace","age":36}' }, finish_reason: 'stop' }],
  })
  const lines = await pieces(await engine.ask(question, { response_format, stream: true }), 0)
  const chunks = lines.slice(0, -1).map(({ text }) => JSON.parse(text) as Chunk)
  const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
  expect(JSON.parse(text)).toEqual({ name: 'Ada Lovelace', age: 36 })
  const without = await engine.ask(question, { response_format: { type: 'json_schema' } })
  expect(without.status).toBe(400)
})

test('a tool is asked for, streamed or not, and its answer is told', async () => {
  const engine = launch()
  const parameters = { type: 'object', properties: { city: { type: 'string' } } }
  const weather = { name: 'get_weather', description: 'Weather of a city', parameters }
  const tools = [{ type: 'function', function: weather }]
  const question = 'What is the weather in Paris?'
  const whole = await (await engine.ask(question, { tools })).json()
  expect(whole).toMatchObject({
    choices: [
      {
        message: {
          content: null,
          tool_calls: [
            {
              id: expect.stringMatching(/^call_/),
              type: 'function',
              function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
            },
          ],
        },
        finish_reason: 'tool_calls',
      },
    ],
  })
  const lines = await pieces(await engine.ask(question, { tools, stream: true }), 0)
  interface CallChunk {
    choices: {
      delta: { tool_calls?: { index: number; function: { name?: string; arguments: string } }[] }
      finish_reason: string | null
    }[]
  }
  const choices = lines.slice(0, -1).map(({ text }) => (JSON.parse(text) as CallChunk).choices[0])
  const parts = choices.flatMap((choice) => choice?.delta.tool_calls ?? [])
  expect(parts.flatMap((part) => part.function.name ?? [])).toEqual(['get_weather'])
  expect(parts.map((part) => part.function.arguments).join('')).toBe('{"city":"Paris"}')
  expect(parts.length).toBeGreaterThan(3)
  expect(choices.at(-1)?.finish_reason).toBe('tool_calls')

  const { message } = (whole as { choices: { message: object }[] }).choices[0]!
  const messages = [
    { role: 'user', content: question },
    message,
    { role: 'tool', tool_call_id: 'call_sim_1', content: '{"temperature":18}' },
  ]
  const told = await engine.ask('', { messages, tools })
  expect(await told.json()).toMatchObject({
    choices: [{ message: { content: 'The tool says: temperature 18.' }, finish_reason: 'stop' }],
  })
  const not = await engine.ask(question, { tools, tool_choice: 'none' })
  expect(await not.json()).toMatchObject({ choices: [{ message: { content: 'I do not know.' } }] })
  expect((await engine.ask(question, { tools, tool_choice: 'other' })).status).toBe(400)
})
