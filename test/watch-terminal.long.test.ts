// @module-tag long
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { createProject, type Project } from './support/project.ts'
import { isAlive } from './support/services.ts'
import { type SessionFiles, sessionFiles, sessionNames } from './support/session-files.ts'
import { linkPrograms, shellEnvironment } from './support/shell.ts'
import { hasTmux, openShell, type TmuxShell } from './support/tmux.ts'

const WITHIN_MS = 60_000
/** A key that is heard has led to a run by then. */
const KEY_MS = 3_000
const PLAN = `name: Watched
settings: { startup_timeout: 30, scenario_timeout: 20 }
execution:
  - domain: llm
    loadouts: ['sim://small']
`

function sessionsOf({ root }: Project): SessionFiles[] {
  const logs = join(root, 'logs')
  return sessionNames(logs).map((name) => sessionFiles(join(logs, name)))
}

/** `vitest watch` in a terminal, once its first run has ended. */
async function watchingIn(project: Project): Promise<{ shell: TmuxShell; pid: number }> {
  writeFileSync(join(project.root, 'plans', 'default.yaml'), PLAN)
  linkPrograms(project)
  const shell = openShell({
    cwd: project.root,
    columns: 120,
    rows: 30,
    env: { ...(shellEnvironment(project) as Record<string, string>), JARVIS_REPORTS: 'off' },
  })
  onTestFinished(() => shell.close())
  shell.press('npx vitest watch --config jarvis', 'Enter')
  await untilEnded(project, 1)
  const [spawned] = sessionsOf(project)[0]!.eventsOf('service_spawned')
  return { shell, pid: spawned!.pid }
}

/** A scenario with a snapshot of this. */
function says(project: Project, text: string): void {
  const body = `test('says', () => { expect('${text}').toMatchSnapshot() })`
  writeFileSync(
    join(project.root, 'scenarios', 'llm', 'asks.scenario.ts'),
    `import { expect, test } from 'jarvis/scenario'\n\n${body}\n`,
  )
}

function untilEnded(project: Project, count: number): Promise<void> {
  return eventually(WITHIN_MS, () => {
    const over = sessionsOf(project).filter(
      (session) => session.events().at(-1)?.type === 'run_ended',
    )
    expect(over).toHaveLength(count)
  })
}

test.skipIf(!hasTmux)(
  'what is saved and what u writes anew runs on the service that is up, and Ctrl+C ends watch mode and the service',
  async () => {
    const project = createProject('clicks')
    says(project, 'one')
    const { shell, pid } = await watchingIn(project)
    says(project, 'two')
    await untilEnded(project, 2)
    // Keys are not heard before Vitest has done all that follows a run.
    while (sessionsOf(project).length < 3) {
      shell.press('u')
      // oxlint-disable-next-line no-await-in-loop -- a run may be about to begin
      await sleep(KEY_MS)
    }
    await untilEnded(project, 3)
    const [, ...later] = sessionsOf(project)
    expect(later.map((session) => session.eventsOf('service_spawned')[0]?.pid)).toEqual([pid, pid])
    expect(later.map((session) => session.results('llm')[0]?.status)).toEqual(['FAILED', 'PASSED'])
    shell.press('C-c')
    await eventually(WITHIN_MS, () => expect(isAlive(pid)).toBe(false))
    await shell.until((screen) => expect(screen.trimEnd()).toMatch(/\$$/))
  },
)

test.skipIf(!hasTmux)('a terminal that closes ends watch mode and the service', async () => {
  const project = createProject('clicks')
  const { shell, pid } = await watchingIn(project)
  shell.close()
  await eventually(WITHIN_MS, () => expect(isAlive(pid)).toBe(false))
})
