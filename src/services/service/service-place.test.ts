import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import {
  failureOf,
  recipeOf,
  replaceEngine,
  service,
  supervise,
  target,
} from '../../../test/support/services.ts'
import { TestTelemetry } from '../../../test/support/test-telemetry.ts'

test('a server elsewhere is asked until it answers, and leased without a process or a log', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(asked.length < 3 ? 503 : 200).end()
  })
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const done: string[] = []
  replaceEngine('openai', {
    find: async () =>
      recipeOf({
        command: null,
        url,
        load: async () => void done.push('loaded'),
        warmUp: async () => void done.push('warm'),
      }),
  })
  const { book, supervisor, session, watched } = supervise([])
  const held = await supervisor.acquire(target('openai://gpt@elsewhere'))
  expect(asked).toHaveLength(3)
  expect(done).toEqual(['loaded', 'warm'])
  expect(held.services).toMatchObject([{ url, log: null, model: 'fixture' }])
  expect(held.services[0]).not.toHaveProperty('invocation')
  const place = { domain: 'llm', loadout: target('openai://gpt@elsewhere').loadout.name }
  expect(book.logMarks(place)).toEqual([])
  held.release()
  await supervisor.stop()
  expect(watched.size).toBe(0)
  expect(session.types).toEqual([
    'loadout_starting',
    'model_loading',
    'model_warming',
    'model_ready',
    'loadout_ready',
    'loadout_stopped',
  ])
})

test('a server elsewhere that does not answer fails in words of its own', async () => {
  replaceEngine('openai', {
    find: async () =>
      recipeOf({
        command: null,
        url: 'http://127.0.0.1:9',
        timeout: 0.2,
        lacks: ({ url }) => `no answer from ${url}/v1/models`,
      }),
  })
  const { supervisor } = supervise([])
  const error = await failureOf(supervisor.acquire(target('openai://gpt@elsewhere')))
  expect(error.code).toBe('SERVICE_TIMEOUT')
  expect(error.message).toBe(
    'openai://gpt@elsewhere was not ready after 0.2 s: no answer from http://127.0.0.1:9/v1/models.',
  )
})

test('a program that runs for each request is leased with a log for what it says', async () => {
  const invocation = { file: '/bin/echo', args: ['{input}'], env: {}, cwd: '/' }
  replaceEngine('cli', {
    find: async () =>
      recipeOf({
        command: null,
        invocation,
        apis: ['cli'],
        isReady: () => Promise.reject(new Error('asked')),
      }),
  })
  const { book, supervisor, session } = supervise([])
  const held = await supervisor.acquire(target('cli://echo'))
  const [leased] = held.services
  expect(leased).toMatchObject({ url: null, invocation, apis: ['cli'] })
  expect(leased!.log).toMatch(/svc_llm_echo_\d{8}_\d{6}\.log$/)
  expect(existsSync(leased!.log!)).toBe(true)
  const echo = { domain: 'llm', loadout: target('cli://echo').loadout.name }
  expect(book.logMarks(echo)).toMatchObject([{ service: 'echo', bytes: 0 }])
  expect(session.types).not.toContain('service_spawned')
})

test('what must end with a process is ended after every stop and every failed start', async () => {
  let stops = 0
  const afterStop = async (): Promise<void> => void (stops += 1)
  const broken = { file: '/nowhere/program', args: [], env: {}, cwd: '/' }
  replaceEngine('vllm', {
    find: async ({ name }) =>
      name === 'broken'
        ? recipeOf({ afterStop, command: () => broken })
        : recipeOf({
            afterStop,
            warmUp: name === 'cold' ? () => Promise.reject(new Error('no')) : async () => {},
          }),
  })
  const { supervisor } = supervise([service('a')])
  const held = await supervisor.acquire(target('vllm://fine'))
  held.release()
  expect(stops).toBe(0)
  ;(await supervisor.acquire(target('native://a'))).release()
  expect(stops).toBe(1)
  const failed = await failureOf(supervisor.acquire(target('vllm://cold')))
  expect(failed.message).toMatch(/^vllm:\/\/cold failed while it was starting: no\./)
  await supervisor.stop()
  expect(stops).toBe(2)
  const unstarted = await failureOf(supervisor.acquire(target('vllm://broken')))
  expect(unstarted.message).toMatch(/^vllm:\/\/broken cannot be started: /)
  expect(stops).toBe(3)
})

test('a model that runs on the CPU, or a part of it, flags its loadout where there is a GPU', async () => {
  const loaded = [
    { name: 'fits', size: 10, sizeVram: 10 },
    { name: 'does not', size: 10, sizeVram: 6 },
    { name: 'none', size: 10, sizeVram: 0 },
    { name: 'nowhere', size: 10, sizeVram: 0 },
  ]
  replaceEngine('ollama', {
    find: async ({ name }) =>
      recipeOf({
        key: name,
        loaded:
          name === 'silent'
            ? () => Promise.reject(new Error('no'))
            : async () => loaded.filter((m) => name === 'all' || m.name === name),
      }),
  })
  const telemetry = new TestTelemetry()
  const { book, supervisor, session } = supervise([], { memory: 'off' }, process.env, telemetry)
  const flags = async (name: string): Promise<readonly string[]> => {
    const wanted = target(`ollama://${name}`)
    ;(await supervisor.acquire(wanted)).release()
    return book.facts({ domain: 'llm', loadout: wanted.loadout.name }).flags
  }
  expect(await flags('all')).toEqual(['cpu_offload'])
  const { gpuShare } = book.facts({ domain: 'llm', loadout: target('ollama://all').loadout.name })
  expect(gpuShare).toBe(0)
  const [note] = session.of('note')
  expect(note).toMatchObject({
    level: 'WARN',
    message:
      'ollama://all does not lie on the GPU as a whole (0 %): 0.00 GB of 0.00 GB lie on the GPU. ' +
      'Its results have the flag cpu_offload.',
  })
  expect(await flags('fits')).toEqual([])
  expect(await flags('silent')).toEqual([])
  expect(await flags('none')).toEqual(['cpu_offload'])
  telemetry.hasGpu = false
  const hasGpuAnyway = process.platform === 'darwin' && process.arch === 'arm64'
  expect(await flags('nowhere')).toEqual(hasGpuAnyway ? ['cpu_offload'] : [])
})
