// @module-tag long
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createProject } from './support/project.ts'
import { latestSession } from './support/session-files.ts'
import { linkPrograms, RUNS, shellEnvironment } from './support/shell.ts'
import { hasTmux, openShell } from './support/tmux.ts'

const why = hasTmux ? '' : ' (skipped: no tmux here)'
/** Who goes wrong at this goes wrong most times. */
const TIMES = 3
const ON_SCREEN = /Running b_waits > waits .* keys/

const ways = [...Object.entries(RUNS), ['npx', 'npx vitest run --config jarvis']] as const

describe.skipIf(!hasTmux).each(ways)(`Ctrl+Z and fg with %s${why}`, (_name, run) => {
  test('stop the run and let it go on, as often as one likes, and keys are heard after it', async () => {
    const project = createProject('surroundings')
    linkPrograms(project)
    const { NO_COLOR: _, ...env } = shellEnvironment(project) as Record<string, string>
    const gate = { GATE: join(project.root, 'open') }
    const shell = openShell({ cwd: project.root, columns: 80, rows: 24, env: { ...env, ...gate } })
    onTestFinished(() => shell.close())
    shell.press(`clear; ${run}; echo rc=$?`, 'Enter')
    /* oxlint-disable no-await-in-loop -- one after the other */
    for (let time = 0; time < TIMES; time += 1) {
      await shell.until((screen) => expect(screen).toMatch(ON_SCREEN))
      shell.press('C-z')
      await shell.until((screen) => {
        expect(screen).toContain('Stopped')
        expect(screen).toMatch(/^\$$/m)
      })
      shell.press('clear', 'Enter')
      await shell.until((screen) => expect(screen).not.toContain('Stopped'))
      shell.press('fg; echo ended=$?', 'Enter')
    }
    /* oxlint-enable no-await-in-loop */
    await shell.until((screen) => expect(screen).toMatch(ON_SCREEN))
    shell.press('?')
    await shell.until((screen) => expect(screen).toContain('PgUp'))
    shell.press('?')
    writeFileSync(gate.GATE, '')
    await shell.until((screen) => expect(screen).toContain('ended=0'))
    const session = latestSession(join(project.root, 'logs'))!
    expect(session.results('llm').map(({ status }) => status)).toEqual([
      'PASSED',
      'PASSED',
      'PASSED',
    ])
    expect(session.servicesLeft()).toEqual([])
  })
})
