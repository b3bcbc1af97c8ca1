// @module-tag long
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import type { SessionState } from '../src/session/projections/state.ts'
import { eventually } from './support/poll.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { latestSession } from './support/session-files.ts'
import { messageOf, startStrokes, statusesOf } from './support/strokes.ts'

/** Each hangs for the limit of its tests, one second, or of loading, ten, and five more. */
const LONG_MS = 180_000
const SPINS = 'Look for a loop without an await, or a regular expression that backtracks.'

const actionOf = ({ root }: Project): string => {
  const { directory } = latestSession(join(root, 'logs')) ?? { directory: '' }
  return (JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')) as SessionState).action
}

test(
  'a worker that lets nothing else happen is ended in a night that goes on',
  { timeout: LONG_MS },
  async ({ expect, onTestFinished }) => {
    const project = createProject('strokes', onTestFinished)
    const stems = ['spins_in_regexp', 'spins_for_ever', 'spins_in_hook', 'passes']
    const running = startStrokes(project, stems)
    // What `Still Running` and the screen say.
    await eventually(150_000, () =>
      expect(actionOf(project)).toBe('Scenario spins_for_ever > spins'),
    )
    const { code, session, output } = await running.ended()
    expect(code).toBe(1)
    expect(statusesOf(session).toSorted()).toEqual([
      'passes: PASSED',
      'spins_for_ever > comes after: INTERRUPTED',
      'spins_for_ever > has ended before: PASSED',
      'spins_for_ever > spins: FAILED',
      'spins_in_hook > has ended before: PASSED',
      'spins_in_hook > with a hook > comes later: INTERRUPTED',
      'spins_in_hook > with a hook > comes next: FAILED',
      'spins_in_regexp > backtracks: FAILED',
      'spins_in_regexp > comes after: INTERRUPTED',
      'spins_in_regexp > has ended before: PASSED',
    ])
    const told =
      /^The scenario did not yield for \d+ s, and may take 1 s: its process was ended\. (.*)$/
    for (const name of ['spins_in_regexp > backtracks', 'spins_for_ever > spins']) {
      expect(told.exec(messageOf(session, name))?.[1]).toBe(SPINS)
    }
    expect(messageOf(session, 'spins_in_hook > with a hook > comes next')).toMatch(
      /^A hook before this scenario did not yield for \d+ s/,
    )
    // Each is told once.
    expect(session?.eventsOf('error')).toEqual([])
    expect(output).not.toContain('Unhandled')
    expect(session?.events().at(-1)).toMatchObject({ type: 'run_ended', status: 'FAILED' })
    expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
  },
)
