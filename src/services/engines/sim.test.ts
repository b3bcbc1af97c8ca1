import { expect, onTestFinished, test, vi } from 'vitest'
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

test('options that no name tells come after those of its name, to the model that they are for', async () => {
  const told = { small: ['--rate', '90', '--fault', 'hang:9'], other: ['--fault', 'no-model'] }
  vi.stubEnv('JARVIS_SIM', JSON.stringify(told))
  onTestFinished(() => void vi.unstubAllEnvs())
  const { supervisor, session } = supervise([])
  const held = await supervisor.acquire(target('sim://small#rate=400'))
  const [spawned] = session.of('service_spawned')
  expect(spawned!.command).toMatch(/ --model small --rate 400 --rate 90 --fault hang:9$/)
  held.release()
  await supervisor.stop()
})

test.each(['{"small": "--rate 90"}', '{"small": [90]}', '--rate 90'])(
  'options that no name tells are a list for each model: %s is refused, and said how',
  async (text) => {
    vi.stubEnv('JARVIS_SIM', text)
    onTestFinished(() => void vi.unstubAllEnvs())
    const { supervisor } = supervise([])
    await expect(supervisor.acquire(target('sim://small'))).rejects.toThrow(
      `Expected JARVIS_SIM to be options for each model, such as {"small": ["--rate", "90"]}, got ${text}`,
    )
  },
)
