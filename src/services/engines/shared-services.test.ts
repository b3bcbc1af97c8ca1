import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { modelUri, temporaryFolder } from '../../../test/support/services.ts'
import { loadPlan, parsePlan } from '../../plan/index.ts'
import { cli } from './cli.ts'
import { native } from './native.ts'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const text = readFileSync(join(repository, 'plans', 'services.yaml'), 'utf8')
const plan = parsePlan(
  'name: x\nexecution: [{ domain: llm, loadouts: ["sim://x"] }]',
  'plan.yaml',
  {
    env: {},
    sharedServices: { file: 'plans/services.yaml', text },
  },
)

const services = Object.values(plan.services)
const perRequest = services.filter(({ command }) => command.some((word) => word === '{input}'))
const servers = services.filter((service) => !perRequest.includes(service))

/** A machine that has the programs and folders of all shared services: their stand-ins do nothing. */
function machine(): { root: string; env: NodeJS.ProcessEnv } {
  const folder = temporaryFolder()
  const root = join(folder, 'project')
  const programs = join(folder, 'programs')
  mkdirSync(root)
  mkdirSync(programs)
  for (const { command, cwd } of services) {
    for (const ending of ['', '.exe']) {
      writeFileSync(join(programs, command[0] + ending), '')
      chmodSync(join(programs, command[0] + ending), 0o755)
    }
    if (cwd !== undefined) mkdirSync(join(root, cwd))
  }
  return { root, env: { PATH: programs } }
}

test.for(servers.map(({ name }) => name))('native://%s has a command', async (name) => {
  const recipe = await native.find(modelUri(`native://${name}`), { plan, ...machine() })
  const port = typeof recipe.port === 'number' ? recipe.port : 4711
  const command = recipe.command?.({ port, logDirectory: '/logs', id: 'a' })
  const words = [command?.file, ...(command?.args ?? []), ...Object.values(command?.env ?? {})]
  expect(words.filter((word) => /\{(port|model|log_dir|input|output)\}|\$\{/.test(word!))).toEqual(
    [],
  )
  const endpoint = { port, url: `http://127.0.0.1:${port}`, log: '' }
  expect(recipe.lacks(endpoint)).toContain(`no answer from http://127.0.0.1:${port}/`)
})

test.for(perRequest.map(({ name }) => name))('cli://%s has a command', async (name) => {
  const { invocation } = await cli.find(modelUri(`cli://${name}`), { plan, ...machine() })
  expect(invocation?.args).toContain('{input}')
  expect(invocation?.args.filter((word) => /\{model\}|\$\{/.test(word))).toEqual([])
})

test.for(services.map(({ name }) => name))('%s that is not installed is MISSING', async (name) => {
  const { root } = machine()
  const engine = servers.some((service) => service.name === name) ? native : cli
  const found = engine.find(modelUri(`native://${name}`), { plan, root, env: { PATH: '' } })
  await expect(found).rejects.toMatchObject({
    code: 'MISSING',
    message: expect.stringMatching(/^native:\/\/\S+ cannot be started: .*: install it/),
  })
})

const plans = readdirSync(join(repository, 'plans')).filter(
  (name) => name.endsWith('.yaml') && name !== 'services.yaml',
)

test.for(plans)('plans/%s can be read', async (name) => {
  const { blocks } = await loadPlan({ file: `plans/${name}`, root: repository, env: {} })
  expect(blocks.length).toBeGreaterThan(0)
})
