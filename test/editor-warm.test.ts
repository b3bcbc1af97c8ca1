import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openEditor, untilGone } from './support/extension-host.ts'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'
import { isAlive } from './support/services.ts'

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const OWN = { file: 'llm native://own' }

test('the second click in an editor, in a process of its own, finds the service of the first, also to debug', async () => {
  const project = createProject('clicks')
  const editor = openEditor(project)
  const first = await editor.click(OWN)
  expect(first.results).toEqual([
    ['asks', 'passed'],
    ['asks again', 'passed'],
  ])
  const [spawned] = first.session.eventsOf('service_spawned')
  expect(first.session.eventsOf('model_loading')).toHaveLength(1)

  // A breakpoint: the process is another one, and so are its options.
  const second = await editor.click({ ...OWN, pattern: 'asks again', debug: true })
  const { pid, process_start, log } = spawned!
  const folder = first.session.directory.split(/[\\/]/).at(-1)
  expect(second.session.eventsOf('model_loading')).toEqual([])
  expect(second.session.eventsOf('service_spawned')).toMatchObject([
    { pid, process_start, log: `../${folder}/${log}` },
  ])
  expect(second.session.results('llm').map(({ status, cold }) => [status, cold])).toEqual([
    ['PASSED', false],
  ])
  expect(second.session.text('progression.log')).toContain(
    'native://own is taken over, warm, from the run before',
  )
})

test(
  'a run in a terminal is given the machine at once, and doctor and list tell what is kept',
  { tags: ['long'] },
  async () => {
    const project = createProject('clicks')
    const editor = openEditor(project)
    const first = await editor.click(OWN)
    const { pid } = first.session.eventsOf('service_spawned')[0]!
    const { holding } = await editor.holder()
    expect(holding).toMatchObject({ root: project.root, needsMachine: true })
    const kept = `native://own is kept warm for the editor of ${project.root} until `
    const doctor = await run(project, { command: [program, 'doctor'] })
    expect(doctor.output).toContain(kept)
    expect(doctor.code).toBe(0)
    const list = await run(project, { command: [program, 'list'] })
    expect(list.output).toContain(kept)

    const terminal = await run(project, { args: ['--project', 'llm native*'] })
    expect(terminal.code, terminal.output).toBe(0)
    expect(terminal.output).toContain(
      `native://own, kept warm for an editor, gave way to this run: ended process ${pid}`,
    )
    expect(terminal.session!.eventsOf('model_loading')).toHaveLength(1)
    expect(isAlive(pid)).toBe(false)
  },
)

test(
  'a service that would be started otherwise now is ended and started anew, and that is told',
  { tags: ['long'] },
  async () => {
    const project = createProject('clicks')
    const editor = openEditor(project)
    const first = await editor.click(OWN)
    const [spawned] = first.session.eventsOf('service_spawned')
    await editor.holder()
    appendFileSync(join(project.root, 'server.mjs'), '// a newer version\n')
    const second = await editor.click(OWN)
    expect(second.session.eventsOf('model_loading')).toHaveLength(1)
    expect(second.session.text('progression.log')).toContain(
      'native://own, which was kept warm, is not taken over, as native://own would be started otherwise now',
    )
    expect(isAlive(spawned!.pid)).toBe(false)
  },
)

test(
  'a run that is killed leaves its service to the next click, and the end of the editor ends it',
  { tags: ['long'] },
  async () => {
    const project = createProject('clicks')
    const editor = openEditor(project)
    const worker = await editor.begin({ file: 'llm native://own' })
    const used = await editor.holder(() => true)
    process.kill(worker, 'SIGKILL')
    await editor.holder()
    const second = await editor.click(OWN)
    const [process_] = used.holding.services.map((service) => service.process!)
    expect(second.session.eventsOf('service_spawned').map(({ pid }) => pid)).toEqual([
      process_!.pid,
    ])
    await editor.holder()
    editor.kill()
    await untilGone(process_!.pid)
  },
)

test('two editors of one project never use one service at once', { tags: ['long'] }, async () => {
  const project = createProject('clicks')
  const [one, other] = [openEditor(project), openEditor(project)]
  const file = 'llm sim://small'
  const first = await one.click({ file })
  await one.holder()
  // Both at once: one of them takes over what there is, the other starts its own.
  const both = await Promise.all([one.click({ file }), other.click({ file })])
  expect(both.map(({ results }) => results.every(([, state]) => state === 'passed'))).toEqual([
    true,
    true,
  ])
  expect(first.results).toHaveLength(2)
})
