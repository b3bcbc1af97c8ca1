import { expect, test } from 'vitest'
import { launch, pieces } from '../../test/sim/engine.ts'

interface Final {
  done: boolean
  message: { content: string }
  total_duration: number
  load_duration: number
  prompt_eval_count: number
  prompt_eval_duration: number
  eval_count: number
  eval_duration: number
}

test('the model loads on first use, is listed while it is in memory, and is unloaded on demand', async () => {
  const engine = launch('--load-time', '0.3', '--memory', '2', '--cpu-share', '0.25')
  const loaded = async () => ((await (await engine.get('/api/ps')).json()) as { models: [] }).models
  expect(await (await engine.get('/api/version')).json()).toHaveProperty('version')
  expect(await (await engine.get('/api/tags')).json()).toMatchObject({
    models: [{ name: 'tiny', size: 2 * 1024 ** 3 }],
  })
  expect(await loaded()).toEqual([])
  const start = performance.now()
  const load = await engine.post('/api/generate', { model: 'tiny', keep_alive: -1 })
  expect(await load.json()).toMatchObject({ response: '', done: true, done_reason: 'load' })
  expect(performance.now() - start).toBeGreaterThan(290)
  expect(await loaded()).toMatchObject([
    {
      name: 'tiny',
      size: 2 * 1024 ** 3,
      size_vram: 1.5 * 1024 ** 3,
      expires_at: expect.stringMatching(/^23/),
    },
  ])
  await engine.ask('Hello')
  expect(await loaded()).toMatchObject([{ expires_at: expect.stringMatching(/^23/) }])
  const unload = await engine.post('/api/generate', { model: 'tiny', keep_alive: 0 })
  expect(await unload.json()).toMatchObject({ done: true, done_reason: 'unload' })
  expect(await loaded()).toEqual([])
})

test('a request waits for the model, which leaves when its keep-alive is over', async () => {
  const engine = launch('--load-time', '0.3')
  const body = { model: 'tiny:latest', prompt: 'Hello', stream: false, keep_alive: '50ms' }
  const answer = (await (await engine.post('/api/generate', body)).json()) as Final
  expect(answer).toMatchObject({ response: 'Hello! How can I help you?', done_reason: 'stop' })
  expect(answer.load_duration).toBeGreaterThan(0.29e9)
  await engine.seen(/model tiny unloaded/)
})

test('a chat streams lines that end with the counts and times of the engine', async () => {
  const engine = launch('--ttft', '0.1', '--rate', '100')
  const messages = [
    { role: 'system', content: 'Be exact.' },
    { role: 'user', content: 'Write 50 words about trees' },
  ]
  await engine.post('/api/chat', { model: 'tiny', messages, options: { num_predict: 1 } })
  const stream = await engine.post('/api/chat', { model: 'tiny', messages })
  expect(stream.headers.get('content-type')).toBe('application/x-ndjson')
  const lines = (await pieces(stream, 0)).map(({ text }) => JSON.parse(text) as Final)
  const tokens = lines.slice(0, -1)
  const last = lines.at(-1)
  if (!last) throw new Error('The stream is empty.')
  expect(tokens.every(({ done }) => !done)).toBe(true)
  expect(last).toMatchObject({ model: 'tiny', done: true, done_reason: 'stop' })
  expect(last.message).toEqual({ role: 'assistant', content: '' })
  expect(last.eval_count).toBe(tokens.length)
  expect(last.prompt_eval_count).toBe(16)
  expect(last.prompt_eval_duration).toBe(0.09e9)
  expect(last.eval_count / (last.eval_duration / 1e9)).toBeGreaterThan(60)
  expect(last.eval_count / (last.eval_duration / 1e9)).toBeLessThan(101)
  const parts = last.eval_duration + last.prompt_eval_duration
  expect(Math.abs(last.total_duration - parts)).toBeLessThan(1e6)
})

test('limits and JSON answers are obeyed, and the history is known', async () => {
  const engine = launch()
  const messages = [
    { role: 'user', content: 'My name is Ada' },
    { role: 'assistant', content: 'Hello Ada' },
    { role: 'user', content: 'What is my name? One word.' },
  ]
  const chat = async (more: object) =>
    (await engine.post('/api/chat', { model: 'tiny', messages, stream: false, ...more })).json()
  expect(await chat({ format: 'json' })).toMatchObject({ message: { content: '{"answer":"Ada"}' } })
  const count = [{ role: 'user', content: 'Count from 1 to 9' }]
  expect(await chat({ messages: count, options: { num_predict: 1 } })).toMatchObject({
    message: { content: '1' },
    done_reason: 'length',
  })
})

test('bad requests are refused in the words of Ollama', async () => {
  const engine = launch()
  const refusals: [string, unknown, number, string][] = [
    ['chat', '', 400, 'missing request body'],
    ['chat', {}, 400, 'model is required'],
    ['chat', { model: 'other' }, 404, "model 'other' not found"],
    ['generate', { model: 'other' }, 404, "model 'other' not found"],
    ['generate', { model: 'tiny', keep_alive: 'soon' }, 400, 'invalid duration'],
    ['chat', { model: 'tiny', messages: [{ role: 'robot' }] }, 400, 'invalid role: robot'],
    ['generate', { model: 'tiny', images: ['R0lGODlh'] }, 400, 'not a PNG file'],
  ]
  for (const [path, body, status, message] of refusals) {
    const response = await engine.post(`/api/${path}`, body)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error: expect.stringContaining(message) })
  }
})

test('with --load-eager health is 503 until the model is loaded', async () => {
  const engine = launch('--load-eager', '--load-time', '0.3')
  const early = await engine.get('/health')
  expect([early.status, await early.json()]).toEqual([503, { status: 'loading' }])
  await engine.seen(/model tiny loaded/)
  expect((await engine.get('/health')).status).toBe(200)
})

test('a format that is a schema gives an instance of it, and tools are asked for', async () => {
  const engine = launch()
  const chat = async (content: string, more: object) => {
    const messages = [{ role: 'user', content }]
    return engine.post('/api/chat', { model: 'tiny', messages, stream: false, ...more })
  }
  const format = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  const made = await chat('Which city? As JSON: I live in Oslo.', { format })
  expect(await made.json()).toMatchObject({ message: { content: '{"city":"Oslo"}' } })
  const wrong = await chat('Hello', { format: { type: 'thing' } })
  expect([wrong.status, await wrong.json()]).toEqual([
    400,
    { error: expect.stringContaining('unknown type "thing"') },
  ])
  const weather = { name: 'get_weather', description: '', parameters: format }
  const tools = [{ type: 'function', function: weather }]
  const call = { function: { name: 'get_weather', arguments: { city: 'Oslo' } } }
  const whole = await chat('What is the weather in Oslo?', { tools })
  expect(await whole.json()).toMatchObject({
    message: { content: '', tool_calls: [call] },
    done_reason: 'stop',
  })
  const stream = await chat('What is the weather in Oslo?', { tools, stream: true })
  const lines = (await pieces(stream, 0)).map(({ text }) => JSON.parse(text) as object)
  expect(lines).toMatchObject([
    { message: { content: '', tool_calls: [call] }, done: false },
    { message: { content: '' }, done: true },
  ])
})

test('models are shown, pulled with their progress, created, copied and deleted', async () => {
  const engine = launch('--memory', '1')
  const names = async () => {
    const { models } = (await (await engine.get('/api/tags')).json()) as {
      models: { name: string }[]
    }
    return models.map(({ name }) => name)
  }
  const remove = async (model: string) => {
    const { origin } = new URL((await engine.get('/api/version')).url)
    const body = JSON.stringify({ model })
    return fetch(`${origin}/api/delete`, { method: 'DELETE', body })
  }
  const shown = await engine.post('/api/show', { model: 'tiny' })
  expect(await shown.json()).toMatchObject({
    capabilities: ['completion', 'vision', 'tools'],
    details: { family: 'simulator' },
    model_info: { 'simulator.context_length': 4096 },
  })
  expect((await engine.post('/api/show', { model: 'other' })).status).toBe(404)

  const pull = await engine.post('/api/pull', { model: 'other:1b' })
  expect(pull.headers.get('content-type')).toBe('application/x-ndjson')
  const told = (await pieces(pull, 0)).map(
    ({ text }) => JSON.parse(text) as { status: string; total?: number; completed?: number },
  )
  expect(told[0]).toEqual({ status: 'pulling manifest' })
  expect(told.at(-1)).toEqual({ status: 'success' })
  const done = told.flatMap(({ completed }) => completed ?? [])
  expect(done.length).toBeGreaterThan(3)
  expect(done).toEqual(done.toSorted((one, other) => one - other))
  expect(done.at(-1)).toBe(1024 ** 3)
  expect(await names()).toEqual(['tiny', 'other:1b'])
  const quiet = await engine.post('/api/pull', { model: 'tiny', stream: false })
  expect(await quiet.json()).toEqual({ status: 'success' })

  await engine.post('/api/create', { model: 'mine', from: 'other:1b', stream: false })
  await engine.post('/api/copy', { source: 'mine', destination: 'yours' })
  expect(await names()).toEqual(['tiny', 'other:1b', 'mine:latest', 'yours:latest'])
  const asked = { model: 'mine', prompt: 'Hello', stream: false }
  expect((await engine.post('/api/generate', asked)).status).toBe(200)
  expect((await remove('mine')).status).toBe(200)
  expect((await engine.post('/api/generate', asked)).status).toBe(404)
  expect((await remove('mine')).status).toBe(404)
  expect((await remove('tiny')).status).toBe(400)
  expect((await engine.post('/api/create', { model: 'x', from: 'none' })).status).toBe(404)
})

test('with the fault no-model a pull finds nothing', async () => {
  const engine = launch('--fault', 'no-model')
  const pull = await engine.post('/api/pull', { model: 'tiny' })
  expect(await pull.text()).toContain('pull model manifest: file does not exist')
  expect((await engine.post('/api/show', { model: 'tiny' })).status).toBe(404)
})
