import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createProject } from './support/project.ts'
import { type Ended, run } from './support/run.ts'
import { latestSession } from './support/session-files.ts'
import { mountTiny } from './support/tiny-disk.ts'

const isRoot = process.getuid?.() === 0

function expectRefusal({ code, output }: Ended, folder: string): void {
  expect(code).toBe(1)
  expect(output).toContain(`jarvis: Cannot write a session under ${folder} (`)
  expect(output).toContain('make that folder writable, or set JARVIS_LOGS to one that is.')
  expect(output).not.toMatch(/^\s*(at|❯) /m)
  expect(output).not.toContain('Loading Model')
}

test('a file where the logs folder should be stops the run before it starts anything', async () => {
  const project = createProject('outcomes')
  writeFileSync(join(project.root, 'logs'), 'in the way')
  expectRefusal(await run(project), join(project.root, 'logs'))
})

test.runIf(existsSync('/proc/self'))(
  'a folder in which none can be made stops the run at once',
  async () => {
    const env = { JARVIS_LOGS: '/proc/none/of/these' }
    expectRefusal(await run(createProject('outcomes'), { env }), env.JARVIS_LOGS)
  },
)

test('a logs folder without the right to write stops the run', async ({ skip }) => {
  skip(isRoot || process.platform === 'win32', 'rights do not bind root, and are others on Windows')
  const project = createProject('outcomes')
  const logs = join(project.root, 'logs')
  mkdirSync(logs)
  chmodSync(logs, 0o500)
  onTestFinished(() => chmodSync(logs, 0o700))
  expectRefusal(await run(project), logs)
})

test.skipIf(process.platform === 'win32')(
  'a runtime folder that cannot be made stops a run that needs the lock before it starts anything',
  async () => {
    const project = createProject('slow')
    const file = join(project.root, 'in-the-way')
    writeFileSync(file, '')
    const env = { XDG_RUNTIME_DIR: file, JARVIS_PLAN: 'plans/machine.yaml' }
    const { code, output, session } = await run(project, { env })
    expect({ code, session }).toEqual({ code: 1, session: null })
    expect(output).toContain(`jarvis: Cannot make ${join(file, 'jarvis')} (`)
    expect(output).toContain('): set XDG_RUNTIME_DIR to a folder of your own.')
    expect(output).not.toMatch(/^\s*(at|❯) /m)
  },
)

test('a read-only file system stops the run', async ({ skip }) => {
  const project = createProject('outcomes')
  const folder = mountTiny(project, 'size=64k,ro')
  if (folder === null) return skip('only root on Linux can mount')
  expectRefusal(await run(project, { env: { JARVIS_LOGS: folder } }), folder)
})

test('a full disk fails a run that goes on to its end, keeps valid files, and says what is missing', async ({
  skip,
}) => {
  const project = createProject('slow')
  const folder = mountTiny(project, 'size=48k')
  if (folder === null) return skip('only root on Linux can mount')
  const plan = { JARVIS_PLAN: 'plans/long.yaml', JARVIS_LOGS: folder }
  const { code, output } = await run(project, { env: plan })
  expect(code).toBe(1)
  expect(output).toMatch(/Tests {2}60 passed \(60\)/)
  expect(output).toContain('events.jsonl could not be written (ENOSPC')
  const lost = Number(/(\d+) results and \d+ other events are lost/.exec(output)?.[1])
  const session = latestSession(folder)
  const kept = session?.eventsOf('scenario_ended').length ?? 0
  expect(kept).toBeGreaterThan(0)
  expect(lost + kept).toBe(60)
  // Whether the rows' own file found room depends on the system's page size.
  const rows = session?.names().includes('llm.json') ? session.results('llm') : []
  expect(rows.length).toBeLessThanOrEqual(kept)
})
