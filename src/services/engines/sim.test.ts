import { expect, test } from 'vitest'
import { isAlive, supervise, target } from '../../../test/support/services.ts'

test('the embedded engine comes up loaded and warm, and is gone after stop', async () => {
  const { supervisor, session } = supervise([])
  const held = await supervisor.acquire(target('sim://small#load=0.1#rate=400#stream#api=openai'))
  expect(held.services).toMatchObject([
    {
      name: 'small',
      engine: 'sim',
      model: 'small',
      apis: ['openai', 'ollama'],
      flags: { stream: true, api: 'openai' },
    },
  ])
  const { models } = (await (await fetch(`${held.services[0]!.url}/api/ps`)).json()) as {
    models: object[]
  }
  expect(models).toHaveLength(1)
  const [spawned] = session.of('service_spawned')
  expect(spawned!.command).toMatch(/ --port \d+ --model small --load-time 0\.1 --rate 400$/)
  held.release()
  await supervisor.stop()
  expect(isAlive(spawned!.pid)).toBe(false)
  expect(session.of('service_exited')).toMatchObject([{ expected: true, code: 0 }])
})

test('a model that is not there is MISSING', async () => {
  const { supervisor } = supervise([])
  const acquired = supervisor.acquire(target('sim://small#fault=no-model'))
  await expect(acquired).rejects.toMatchObject({ code: 'MISSING' })
})

test('a process that dies while it loads the model fails with its last lines', async () => {
  const { supervisor } = supervise([])
  const acquired = supervisor.acquire(target('sim://small#load=0.1#fault=crash-loading'))
  await expect(acquired).rejects.toMatchObject({
    code: 'SERVICE_FAILED',
    message: expect.stringMatching(/exited with code 1 before it was ready.*out of memory/s),
  })
})

test('an engine that never answers the first request runs into the deadline', async () => {
  const { supervisor } = supervise([], { startup_timeout: 1.5 })
  const acquired = supervisor.acquire(target('sim://small#fault=hang'))
  await expect(acquired).rejects.toMatchObject({ code: 'SERVICE_TIMEOUT' })
})
