import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { launch } from '../../test/sim/engine.ts'
import { listen } from './speech/listen.ts'
import { readWav } from './speech/wav.ts'

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test.for(['SIGTERM', 'SIGINT'] as const)(
  '%s ends it at once, also in a request',
  async (signal) => {
    const engine = launch('--ttft', '30')
    const pending = engine.ask('Hello').catch(() => 'cut')
    await engine.seen(/loaded/)
    const start = performance.now()
    engine.child.kill(signal)
    expect(await engine.exit).toEqual([0, null])
    expect(performance.now() - start).toBeLessThan(1000)
    expect(await pending).toBe('cut')
  },
)

test('a text is spoken to stdout as a WAV file, without serving', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const args = [main, '--speak', 'Good morning.']
  const { stdout } = await promisify(execFile)(process.execPath, args, { encoding: 'buffer' })
  const { samples, rate } = readWav(stdout)
  expect(listen(samples, rate).map(({ text }) => text)).toEqual(['Good morning.'])
})

test('a port in use is named on stderr', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const address = other.address()
  const port = String(typeof address === 'object' && address ? address.port : 0)
  const [real, fault] = [launch('--port', port), launch('--port', '4711', '--fault', 'port-taken')]
  expect([(await real.exit)[0], (await fault.exit)[0]]).toEqual([1, 1])
  expect(await real.errors()).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`)
  expect(await fault.errors()).toContain('EADDRINUSE: address already in use 127.0.0.1:4711')
})

test('wrong options end it with a sentence, and help is printed', async () => {
  const wrong = [
    ['--port', '70000'],
    ['--rate', '0'],
    ['--nope'],
    ['--fault', 'what'],
    ['--fault', 'flood'],
  ]
  const engines = wrong.map((flags) => launch(...flags))
  expect(await Promise.all(engines.map(async ({ exit }) => (await exit)[0]))).toEqual([
    1, 1, 1, 1, 1,
  ])
  expect(await engines[3]?.errors()).toContain(
    'Unknown fault "what". The faults are: 500, exit-after',
  )
  const help = launch('--help')
  expect((await help.exit)[0]).toBe(0)
  await help.seen(/Usage: node main\.js/)
})

test('exit-after ends it after so many answers; loading and health do not count', async () => {
  const engine = launch('--fault', 'exit-after:2')
  await engine.post('/api/generate', { model: 'tiny' })
  await engine.get('/health')
  expect((await engine.ask('Hello')).status).toBe(200)
  expect(await (await engine.ask('What is 1 + 1?')).text()).toContain('1 + 1 = 2.')
  expect((await engine.exit)[0]).toBe(1)
  expect(await engine.errors()).toContain('fault exit-after')
})

test('hang and 500 begin at the stated request', async () => {
  const engine = launch('--fault', '500:2,hang:3')
  expect((await engine.ask('Hello')).status).toBe(200)
  const failed = await engine.ask('Hello')
  expect(failed.status).toBe(500)
  expect(await failed.json()).toMatchObject({ error: { type: 'server_error' } })
  const never = engine.post('/api/chat', { model: 'tiny', messages: [{ role: 'user' }] })
  expect(await Promise.race([never.catch(() => 'cut'), sleep(200, 'waiting')])).toBe('waiting')
  expect((await engine.get('/health')).status).toBe(200)
})

test('garbled answers break off in the middle', async () => {
  const engine = launch('--fault', 'garbled')
  const messages = [{ role: 'user', content: 'Hello' }]
  const answers = [
    await engine.ask('Hello', { stream: true }),
    await engine.ask('Hello'),
    await engine.post('/api/chat', { model: 'tiny', messages }),
    await engine.post('/v1/audio/speech', { model: 'tiny', input: 'Hello there' }),
  ]
  const texts: string[] = []
  for (const answer of answers) {
    const decoder = new TextDecoder()
    let text = ''
    await expect(async () => {
      for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true })
    }).rejects.toThrow('terminated')
    texts.push(text)
  }
  const [sse = '', , ndjson = ''] = texts
  expect(() => JSON.parse(sse.trim().split('\n').at(-1)?.slice(6) ?? '')).toThrow('JSON')
  expect(() => JSON.parse(ndjson.trim().split('\n').at(-1) ?? '')).toThrow('JSON')
})

test('slow-start opens the port late', async () => {
  const start = performance.now()
  const engine = launch('--fault', 'slow-start:0.5')
  await engine.get('/health')
  expect(performance.now() - start).toBeGreaterThan(500)
})

test('crashes while starting and loading leave a last line', async () => {
  const [starting, loading] = [
    launch('--fault', 'crash-starting'),
    launch('--load-time', '0.2', '--fault', 'crash-loading'),
  ]
  expect((await starting.exit)[0]).toBe(1)
  expect(starting.output()).not.toContain('listening')
  await expect(loading.post('/api/generate', { model: 'tiny' })).rejects.toThrow('fetch failed')
  expect((await loading.exit)[0]).toBe(1)
  expect((await loading.errors()).trim().split('\n').at(-1)).toBe('CUDA error: out of memory')
})

test('no-model lists nothing and refuses its use', async () => {
  const engine = launch('--fault', 'no-model')
  expect(await (await engine.get('/api/tags')).json()).toEqual({ models: [] })
  expect((await engine.post('/api/generate', { model: 'tiny' })).status).toBe(404)
  expect((await engine.ask('Hello')).status).toBe(404)
})

test('flood fills the log while requests are answered', async () => {
  const engine = launch('--fault', 'flood:2000')
  const start = performance.now()
  expect((await engine.ask('Hello')).status).toBe(200)
  await engine.seen(/fault flood: line 600\n/)
  expect(performance.now() - start).toBeGreaterThan(200)
})

test.runIf(process.platform !== 'win32')('ignore-sigterm leaves only SIGKILL', async () => {
  const engine = launch('--fault', 'ignore-sigterm')
  await engine.get('/health')
  engine.child.kill('SIGTERM')
  await engine.seen(/SIGTERM is ignored/)
  expect((await engine.get('/health')).status).toBe(200)
  engine.child.kill('SIGKILL')
  expect(await engine.exit).toEqual([null, 'SIGKILL'])
})

test.runIf(process.platform !== 'win32')('children are left behind when it ends', async () => {
  const engine = launch('--fault', 'child', '--fault', 'child-setsid')
  const [, near] = await engine.seen(/fault child: started process (\d+)/)
  const [, far] = await engine.seen(/fault child-setsid: started process (\d+)/)
  const children = [Number(near), Number(far)]
  onTestFinished(() => children.filter(alive).forEach((pid) => process.kill(pid, 'SIGKILL')))
  await engine.get('/health')
  engine.child.kill('SIGTERM')
  expect((await engine.exit)[0]).toBe(0)
  expect(children.map(alive)).toEqual([true, true])
})
