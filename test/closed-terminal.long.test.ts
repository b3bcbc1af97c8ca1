// @module-tag long
import { readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { leftOf } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { start } from './support/run.ts'
import { latestSession, type SessionFiles } from './support/session-files.ts'
import { linkPrograms, RUNS, shellEnvironment, warnings } from './support/shell.ts'
import { hasTmux, openShell, type TmuxShell } from './support/tmux.ts'

const WITHIN_MS = 150_000
/** What becomes of a run at once has become of it by then. */
const A_WHILE_MS = 2_000
const why = hasTmux ? '' : ' (skipped: no tmux here)'

describe.skipIf(!hasTmux).each(Object.entries(RUNS))(
  `a terminal that closes on %s${why}`,
  (_name, run) => {
    test('with a live screen ends the run in order, workbook and page included', async () => {
      const project = createProject('surroundings')
      const shell = openTerminal(project, { JARVIS_REPORTS: 'on' })
      shell.press(`clear; ${run}`, 'Enter')
      await shell.until((screen) => expect(screen).toMatch(/Running b_waits > waits .* keys/))
      shell.close()
      await expectHungUp(project)
    })

    test('with plain lines ends the run in order, workbook and page included', async () => {
      const project = createProject('surroundings')
      const shell = openTerminal(project, { JARVIS_REPORTS: 'on', JARVIS_DASHBOARD: 'plain' })
      shell.press(`clear; ${run}`, 'Enter')
      await shell.until((screen) => expect(screen).toContain('has passed: PASSED'))
      shell.close()
      await expectHungUp(project)
    })

    test('does not end a run below a shell that ignores it: the screen is lost, and the run goes on', async () => {
      const project = createProject('surroundings')
      const shell = openTerminal(project)
      shell.press(`clear; (trap '' HUP; ${run}; echo $? > code)`, 'Enter')
      await shell.until((screen) => expect(screen).toMatch(/Running b_waits > waits .* keys/))
      shell.close()
      const session = await expectUnharmed(project)
      expect(codeOf(project)).toBe('0')
      expect(warnings(session)).toContain(
        'Standard output is lost, as its terminal is closed (EIO): the run goes on without it',
      )
    })

    test('does not end a run below nohup, at the front or in the background', async () => {
      const project = createProject('surroundings')
      const shell = openTerminal(project)
      shell.press(`clear; nohup bash -c '${run}; echo $? > code'`, 'Enter')
      await untilStory(project, 'has passed: PASSED')
      shell.close()
      const session = await expectUnharmed(project)
      expect(codeOf(project)).toBe('0')
      expect(warnings(session)).toEqual([])
    })

    test('does not end a run that nohup itself has started', async () => {
      const project = createProject('surroundings')
      const shell = openTerminal(project)
      shell.press(`clear; nohup ${run} &`, 'Enter')
      await untilStory(project, 'has passed: PASSED')
      shell.close()
      await expectUnharmed(project)
    })
  },
)

test.skipIf(!hasTmux)(
  `nohup holds for npx, which is Node and ends with the terminal${why}`,
  async () => {
    const project = createProject('surroundings')
    linkPrograms(project)
    const shell = openTerminal(project)
    shell.press('clear; nohup npx vitest run --config jarvis &', 'Enter')
    await untilStory(project, 'has passed: PASSED')
    shell.close()
    await expectUnharmed(project)
  },
)

test.skipIf(process.platform === 'win32')(
  'SIGHUP, once or many times, ends a run in order',
  async () => {
    const project = createProject('surroundings')
    const running = start(project, { env: { GATE: join(project.root, 'open') } })
    await running.until('has passed: PASSED')
    for (let time = 0; time < 5; time += 1) {
      running.child.kill('SIGHUP')
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await sleep(20)
    }
    const { code, signal, session } = await running.ended()
    // One may come when nothing is left of the program but its process: a shell tells both alike.
    expect(code ?? 128 + constants.signals[signal!]).toBe(129)
    expectInterrupted(session!)
  },
)

/** A shell whose runs wait in their second scenario until there is a file `open`. */
function openTerminal(project: Project, env: Record<string, string> = {}): TmuxShell {
  const known = shellEnvironment(project) as Record<string, string>
  const { NO_COLOR: _, ...own } = known
  const gate = { GATE: join(project.root, 'open') }
  const shell = openShell({
    cwd: project.root,
    columns: 80,
    rows: 24,
    env: { ...own, ...gate, ...env },
  })
  onTestFinished(() => shell.close())
  return shell
}

async function untilStory({ root }: Project, text: string): Promise<void> {
  await eventually(WITHIN_MS, () => {
    expect(latestSession(join(root, 'logs'))?.text('progression.log')).toContain(text)
  })
}

async function untilEnded({ root }: Project): Promise<SessionFiles> {
  return eventually(WITHIN_MS, () => {
    const session = latestSession(join(root, 'logs'))!
    expect(session.events().at(-1)).toMatchObject({ type: 'run_ended' })
    expect(leftOf(root)).toEqual([])
    return session
  })
}

async function expectHungUp(project: Project): Promise<void> {
  const session = await untilEnded(project)
  expectInterrupted(session)
  expect(session.names()).toEqual(expect.arrayContaining(['report.html', 'report.xlsx']))
}

function expectInterrupted(session: SessionFiles): void {
  expect(session.results('llm').map(({ name, status }) => `${name}: ${status}`)).toEqual([
    'a_begins > has passed: PASSED',
    'b_waits > waits: INTERRUPTED',
    'c_talks > says much: INTERRUPTED',
  ])
  expect(session.eventsOf('cancelled')).toMatchObject([{ reason: 'the run got SIGHUP' }])
  const end = { type: 'run_ended', status: 'INTERRUPTED', recorded_by: 'run' }
  expect(session.events().at(-1)).toMatchObject(end)
  expect(session.eventsOf('error')).toEqual([])
  expect(session.servicesLeft()).toEqual([])
}

/** The run goes on without its terminal, to its end. */
async function expectUnharmed(project: Project): Promise<SessionFiles> {
  await sleep(A_WHILE_MS)
  expect(latestSession(join(project.root, 'logs'))!.eventsOf('cancelled')).toEqual([])
  writeFileSync(join(project.root, 'open'), '')
  const session = await untilEnded(project)
  expect(session.results('llm').map(({ status }) => status)).toEqual(['PASSED', 'PASSED', 'PASSED'])
  const end = { type: 'run_ended', status: 'PASSED', recorded_by: 'run' }
  expect(session.events().at(-1)).toMatchObject(end)
  return session
}

/** What a test's script has kept of the exit code. */
function codeOf({ root }: Project): string {
  return readFileSync(join(root, 'code'), 'utf8').trim()
}
