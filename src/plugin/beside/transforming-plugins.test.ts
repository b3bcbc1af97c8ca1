import type { Plugin } from 'vitest/config'
import { expect, test } from 'vitest'
import { transformingPlugins } from './transforming-plugins.ts'

const nothing = (): undefined => undefined

test('plugins that find, load or make code are taken, however deep they lie, and what is for Vitest or coverage is not', async () => {
  const taken = await transformingPlugins([
    false,
    { name: 'vue', transform: nothing },
    [Promise.resolve([{ name: 'paths', resolveId: nothing }]), null],
    { name: 'settings', config: nothing },
    { name: 'mock-server', configureServer: nothing },
    { name: 'vite-plugin-istanbul', transform: nothing },
    { name: 'vitest:browser', load: nothing },
    { name: 'stories', configureVitest: nothing, config: nothing },
    { name: 'jarvis', config: nothing },
  ])
  expect(taken.map(({ name }) => name)).toEqual(['vue', 'paths', 'settings'])
})

test('what a plugin says of tests does not arrive, also where it writes it into the configuration', async () => {
  const telling: Plugin = {
    name: 'telling',
    config: () => ({ define: { A: '1' }, test: { globals: true } }),
  }
  const writing: Plugin = {
    name: 'writing',
    config: {
      order: 'pre',
      handler(config) {
        config.test = { ...config.test, setupFiles: ['./mocks.ts'] }
        config.define = { B: '2' }
      },
    },
  }
  const [one, other] = await transformingPlugins([telling, writing])
  const env = { command: 'serve', mode: 'test' } as const
  const given = { test: { projects: [] } }
  const { config: hook } = one as { config: (...all: unknown[]) => Promise<unknown> }
  expect(await hook(given, env)).toEqual({ define: { A: '1' } })
  const { config: placed } = other as { config: { order: string; handler: typeof hook } }
  expect(placed.order).toBe('pre')
  expect(await placed.handler(given, env)).toEqual({})
  expect(given).toEqual({ test: { projects: [] }, define: { B: '2' } })
})
