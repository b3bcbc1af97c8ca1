import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { JarvisError } from '../errors.ts'
import { loadPlan } from './load.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const plan = 'name: x\nexecution: [{ domain: llm, loadouts: [native://a] }]\n'
let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jarvis-plan-'))
  await mkdir(join(root, 'plans'))
})

afterEach(() => rm(root, { recursive: true, force: true }))

async function errorOf(file: string): Promise<JarvisError> {
  const error: unknown = await loadPlan({ file, root, env: {} }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(JarvisError)
  return error as JarvisError
}

test.for(['default', 'ollama', 'vllm', 'llamacpp', 'all'])(
  'the shipped plan %s loads',
  async (name) => {
    const loaded = await loadPlan({ file: `plans/${name}.yaml`, root: repository, env: {} })
    expect(loaded.warnings).toEqual([])
    expect(loaded.text).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/schema\/plan\.schema\.json\n/,
    )
  },
)

test('the default plan exercises every domain with the embedded engine alone', async () => {
  const { blocks } = await loadPlan({ file: 'plans/default.yaml', root: repository, env: {} })
  expect(
    blocks.map(({ domain, loadouts }) => [domain, ...loadouts.map(({ title }) => title)]),
  ).toEqual([
    ['llm', 'sim://small'],
    ['llm', 'sim://small#stream'],
    ['vlm', 'sim://vision'],
    ['stt', 'sim://whisper'],
    ['tts', 'sim://voice + sim://whisper'],
    ['sts', 'sim://whisper + sim://chat + sim://voice'],
  ])
})

test('services.yaml beside the plan is read, and named in its mistakes', async () => {
  await writeFile(join(root, 'plans/x.yaml'), plan)
  await writeFile(join(root, 'plans/services.yaml'), 'services: { a: { command: serve } }')
  const loaded = await loadPlan({ file: 'plans/x.yaml', root, env: {} })
  expect(loaded.services['a']?.command).toEqual(['serve'])
  await writeFile(join(root, 'plans/services.yaml'), 'servces: {}')
  const { code, message } = await errorOf('plans/x.yaml')
  expect(code).toBe('PLAN_INVALID')
  expect(message).toMatch(/^plans\/services\.yaml:1:1 {2}unknown key "servces"/)
})

test('a plan that is not there is answered with those that are', async () => {
  const none = await errorOf('plans/defualt.yaml')
  expect(none.code).toBe('PLAN_NOT_FOUND')
  expect(none.message).toBe(
    `There is no plan plans/defualt.yaml in ${root}. The folder plans/ holds none either. Write one: npx --no-install jarvis init`,
  )
  await writeFile(join(root, 'plans/default.yaml'), plan)
  await writeFile(join(root, 'plans/all.yaml'), plan)
  await writeFile(join(root, 'plans/services.yaml'), '')
  const some = await errorOf('plans/defualt.yaml')
  expect(some.message).toBe(
    `There is no plan plans/defualt.yaml in ${root}. There are: plans/all.yaml, plans/default.yaml. Did you mean plans/default.yaml?`,
  )
  expect((await errorOf('plans')).message).toMatch(/^The plan plans can't be read: it is a folder/)
})

test('a file that is not UTF-8 is refused at the first byte that shows it', async () => {
  await writeFile(join(root, 'plans/x.yaml'), Buffer.from('name: x\nab\xe9\n', 'latin1'))
  const latin = await errorOf('plans/x.yaml')
  expect(latin.message).toMatch(/^plans\/x\.yaml:2:3 {2}this is not UTF-8\n/)
  await writeFile(join(root, 'plans/x.yaml'), Buffer.from(`\uFEFF${plan}`, 'utf16le'))
  expect((await errorOf('plans/x.yaml')).message).toContain('the file is UTF-16')
  for (const [name, bytes] of [
    ['plain', Buffer.from(plan, 'utf16le')],
    ['turned', Buffer.from(plan, 'utf16le').swap16()],
    ['polish', Buffer.from(`name: zażółć\n${plan}`, 'utf16le')],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- a handful of small files
    await writeFile(join(root, 'plans/x.yaml'), bytes)
    // oxlint-disable-next-line no-await-in-loop -- see above
    expect([name, (await errorOf('plans/x.yaml')).message]).toEqual([
      name,
      'plans/x.yaml:1:1  the file is UTF-16\n  expected a file saved as UTF-8',
    ])
  }
})

test('a very large file is refused before it is read', async () => {
  await writeFile(join(root, 'plans/x.yaml'), 'a'.repeat(1_200_000))
  expect((await errorOf('plans/x.yaml')).message).toContain('larger than 1 MiB')
})

test('scenarios of another runner in place of those that a plan misses are told', async () => {
  await writeFile(join(root, 'plans/x.yaml'), plan)
  await mkdir(join(root, 'scenarios/core'), { recursive: true })
  await writeFile(join(root, 'scenarios/core/media.yaml'), 'files: []\n')
  await writeFile(join(root, 'scenarios/core/x.yaml'), 'greeting:\n  turns:\n    - send: Hello\n')
  const load = loadPlan({ file: 'plans/x.yaml', root, env: {}, scenarios: new Map() })
  await expect(load).rejects.toThrow(
    'scenarios/core/x.yaml has scenarios of another runner (turns: send, expect). ' +
      'What to write instead: npx --no-install jarvis import scenarios/core/x.yaml',
  )
})
