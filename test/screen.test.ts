import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { copyFixture, createProject, type Project } from './support/project.ts'
import { vitestProgram } from './support/run.ts'
import { latestSession, type SessionFiles } from './support/session-files.ts'
import { hasTmux, openShell, type TmuxShell } from './support/tmux.ts'

const why = hasTmux ? '' : ' (skipped: no tmux here)'
const COLUMNS = 80
const ROWS = 24
/** The line at the foot of the screen: what is going on, its clock, the keys. */
const STATUS = /^. Running b_slow > runs .* keys/m
const jarvisProgram = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

function shellIn({ root, runtime }: Project, env: Record<string, string> = {}): TmuxShell {
  const { PATH = '', HOME = '' } = process.env
  const own = { PATH, HOME, LANG: 'C.UTF-8', XDG_RUNTIME_DIR: runtime, ...env }
  return openShell({ cwd: root, columns: COLUMNS, rows: ROWS, env: own })
}

const command = (program: string, ...args: string[]): string =>
  `clear; ${[process.execPath, program, ...args].join(' ')}; echo rc=$?`

describe.skipIf(!hasTmux)(`the screen of a run at 80×24${why}`, () => {
  let project: ReturnType<typeof copyFixture>
  let shell: TmuxShell
  beforeAll(async () => {
    project = copyFixture('slow')
    shell = shellIn(project, { JARVIS_PLAN: 'plans/screen.yaml' })
    shell.press(command(vitestProgram, 'run', '--config', 'jarvis'), 'Enter')
    await shell.until((screen) => expect(screen).toMatch(STATUS))
  })
  afterAll(() => {
    shell?.close()
    project?.remove()
  })

  const session = (): SessionFiles => latestSession(join(project.root, 'logs'))!

  test('shows the newest lines of the log, and how far the run is', () => {
    const screen = shell.screen()
    expect(screen).toContain('On screen')
    expect(screen).toContain('Scenario b_slow > has passed: PASSED')
    expect(screen).toMatch(/^Total .* 61\/63/m)
    expect(shell.isCursorVisible()).toBe(false)
  })

  test('Home, PgDn, ↑ and End scroll the log', async () => {
    shell.press('Home')
    await shell.until((screen) => expect(screen).toContain('Starting Test Run'))
    shell.press('PageDown')
    const lower = await shell.until((screen) => {
      expect(screen).not.toContain('Starting Test Run')
      expect(screen).toContain('number 10: PASSED')
    })
    const first = firstLineOfLog(lower)
    shell.press('Up')
    await shell.until((screen) => {
      expect(screen).toContain(first)
      expect(firstLineOfLog(screen)).not.toBe(first)
    })
    shell.press('End')
    await shell.until((screen) => expect(screen).toContain('b_slow > has passed'))
  })

  test('f leaves only errors in the log', async () => {
    shell.press('f')
    await shell.until((screen) => expect(screen).not.toContain('PASSED'))
    shell.press('f')
    await shell.until((screen) => expect(screen).toContain('has passed: PASSED'))
  })

  test('s shows the log of the active service', async () => {
    shell.press('s')
    await shell.until((screen) => {
      expect(screen).toMatch(/svc_llm_small_\d+/)
      expect(screen).not.toContain('has passed: PASSED')
    })
    shell.press('s')
    await shell.until((screen) => expect(screen).toContain('has passed: PASSED'))
  })

  test('? shows the keys', async () => {
    shell.press('?')
    await shell.until((screen) => expect(screen).toMatch(/PgUp.*PgDn/))
    shell.press('?')
    await shell.until((screen) => expect(screen).not.toMatch(/PgUp.*PgDn/))
  })

  test('Ctrl+Z gives the terminal back, and fg draws the screen again', async () => {
    shell.press('C-z')
    await shell.until((screen) => {
      expect(screen).toMatch(/Stopped/)
      expect(screen).not.toMatch(STATUS)
    })
    expect(shell.isCursorVisible()).toBe(true)
    shell.press('fg', 'Enter')
    await shell.until((screen) => expect(screen).toMatch(STATUS))
    expect(shell.isCursorVisible()).toBe(false)
  })

  test('another size is taken at once', async () => {
    shell.resize(120, 40)
    await shell.until((screen) => {
      const lines = screen.trimEnd().split('\n')
      expect(lines.at(-1)).toMatch(STATUS)
      expect(lines.at(-1)!.length).toBeGreaterThan(COLUMNS)
      expect(screen.match(/^Total /gm)).toHaveLength(1)
    })
    shell.resize(COLUMNS, ROWS)
    await shell.until((screen) => {
      expect(screen).toMatch(STATUS)
      expect(screen.match(/^Total /gm)).toHaveLength(1)
    })
  })

  test('q ends the run in order and leaves a summary, the cursor and nothing else', async () => {
    shell.press('q')
    const end =
      /^ {2}\w+ +logs\/RUN_.*\n +The run was cancelled \(the run got SIGINT\).*\n\s*\$ *$/m
    await shell.until((shown) => expect(shown).toMatch(end))
    // What the shell was to do after the command was dropped when the command was stopped.
    shell.press('echo rc=$?', 'Enter')
    const screen = await shell.until((shown) => expect(shown).toMatch(/^rc=\d+$/m))
    expect(screen).toContain('rc=130')
    expect(screen).not.toContain('? keys')
    expect(shell.everything()).toMatch(/Test Files .*\n.*Tests /)
    expect(shell.isCursorVisible()).toBe(true)
    expect(session().events().at(-1)).toMatchObject({
      type: 'run_ended',
      status: 'INTERRUPTED',
      recorded_by: 'run',
    })
    expect(session().servicesLeft()).toEqual([])
    shell.press('clear; stty -a', 'Enter')
    await shell.until((shown) => expect(shown).toMatch(/(?<!-)icanon/))
  })

  test('jarvis watch shows a run that is over until q, which leaves it', async () => {
    shell.press(command(jarvisProgram, 'watch'), 'Enter')
    await shell.until((screen) => {
      expect(screen).toContain('On screen')
      expect(screen).toContain('Finished Test Run: INTERRUPTED')
    })
    shell.press('q')
    const screen = await shell.until((shown) => expect(shown).toMatch(/^rc=\d+$/m))
    expect(screen).toContain('rc=1')
    expect(screen).toMatch(/Session +logs\/RUN_/)
    expect(shell.isCursorVisible()).toBe(true)
  })
})

describe.skipIf(!hasTmux)(`a run in a terminal has plain lines${why}`, () => {
  test.for<PlainCase>([
    ['with JARVIS_DASHBOARD=plain', 'JARVIS_DASHBOARD=plain', ''],
    ['in the background', 'TERM=$TERM', '& wait %1'],
  ])('%s', plainLines)
  test.for<PlainCase>([
    ['with TERM=dumb', 'TERM=dumb', ''],
    ['with FORCE_COLOR', 'FORCE_COLOR=1', ''],
    ['with jarvis run --plain', 'TERM=$TERM', '', jarvisProgram, 'run', '--plain'],
  ])('%s', { tags: ['long'] }, plainLines)

  type PlainCase = [name: string, setting: string, tail: string, ...program: string[]]
  async function plainLines(
    [, setting, tail, ...own]: PlainCase,
    { onTestFinished }: TestContext,
  ): Promise<void> {
    const project = createProject('slow', onTestFinished)
    const shell = shellIn(project, { JARVIS_PLAN: 'plans/quick.yaml' })
    onTestFinished(() => shell.close())
    const vitest = [vitestProgram, 'run', '--config', 'jarvis']
    const program = [process.execPath, ...(own.length > 0 ? own : vitest)].join(' ')
    shell.press(`clear; ${setting} ${program} ${tail}; echo rc=$?`, 'Enter')
    await shell.until((screen) => expect(screen).toMatch(/^rc=0$/m))
    const shown = shell.everything()
    expect(shown).toMatch(/^\[\d\d:\d\d:\d\d\] \[INFO\] Starting Test Run: Needs nothing/m)
    expect(shown).toMatch(/Session +logs\/RUN_/)
    expect(shown).not.toContain('? keys')
  }
})

function firstLineOfLog(screen: string): string {
  const lines = screen.split('\n')
  const title = lines.findIndex((line) => line.includes('progression.log'))
  return lines[title + 1] ?? ''
}
