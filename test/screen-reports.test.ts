import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createProject, type Project } from './support/project.ts'
import { start, vitestProgram } from './support/run.ts'
import { hasTmux, openShell, type TmuxShell } from './support/tmux.ts'

const why = hasTmux ? '' : ' (skipped: no tmux here)'
const ON = { JARVIS_REPORTS: 'on' }
const jarvisProgram = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

function shellIn({ root, runtime }: Project, env: Record<string, string> = {}): TmuxShell {
  const { PATH = '', HOME = '' } = process.env
  const own = { PATH, HOME, LANG: 'C.UTF-8', XDG_RUNTIME_DIR: runtime, ...env }
  return openShell({ cwd: root, columns: 80, rows: 24, env: own })
}

describe.skipIf(!hasTmux)(`the screen while reports are made${why}`, () => {
  test('says so with a clock, and q leaves them out', async ({ onTestFinished }) => {
    const project = createProject('reports', onTestFinished)
    const shell = shellIn(project, { ...ON, MEDDLE: 'endless' })
    onTestFinished(() => shell.close())
    const run = [process.execPath, vitestProgram, 'run', '--config', 'jarvis'].join(' ')
    shell.press(`clear; ${run}; echo rc=$?`, 'Enter')
    const status = /^. Making report\.xlsx and report\.html … +\d+:\d\d +\? keys +q skip$/m
    const screen = await shell.until((shown) => expect(shown).toMatch(status))
    expect(screen.match(/Making report/g)).toHaveLength(1)
    shell.press('q')
    await shell.until((shown) => expect(shown).toMatch(/^(?:rc=130|\$)$/m))
    const left = shell.everything()
    expect(left).toContain('leaving the reports out')
    expect(left).toMatch(/Session +logs\/RUN_/)
    expect(left).not.toContain('Making report')
    expect(shell.isCursorVisible()).toBe(true)
  })

  test(
    'is watched until they are there, and then tells where',
    { tags: ['long'] },
    async ({ onTestFinished }) => {
      const project = createProject('slow', onTestFinished)
      const running = start(project, { env: ON })
      await running.until('b_slow > has passed: PASSED')
      const shell = shellIn(project)
      onTestFinished(() => shell.close())
      shell.press(`clear; ${process.execPath} ${jarvisProgram} watch; echo rc=$?`, 'Enter')
      await shell.until((shown) => expect(shown).toMatch(/^. Running b_slow > runs .* q leave/m))
      running.child.kill('SIGINT')
      const screen = await shell.until((shown) => expect(shown).toMatch(/^rc=\d+$/m))
      const { session } = await running.ended()
      const path = join('logs', basename(session!.directory))
      expect(screen).toContain(`Workbook  ${join(path, 'report.xlsx')}`)
      expect(screen).toContain(`Report    ${join(path, 'report.html')}`)
      expect(screen).toContain('rc=1')
    },
  )
})
