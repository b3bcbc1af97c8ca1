import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import type { SessionState } from '../src/session/projections/state.ts'
import { eventually } from './support/poll.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { latestSession } from './support/session-files.ts'
import { messageOf, startPatiently, startStrokes, statusesOf } from './support/strokes.ts'

/** Each hangs for the limit of its tests, one second, or of loading, ten, and five more. */
const LONG_MS = 240_000
const SPINS = 'Look for a loop without an await, or a regular expression that backtracks.'
const DOES_NOT_LOAD =
  'Look for a loop without an end, or an await that nothing answers, outside of its tests.'

const actionOf = ({ root }: Project): string => {
  const { directory } = latestSession(join(root, 'logs')) ?? { directory: '' }
  return (JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')) as SessionState).action
}

describe.concurrent('a worker that lets nothing else happen is ended', { timeout: LONG_MS }, () => {
  test(
    'while its file loads, and the file is named',
    { tags: ['long'] },
    async ({ expect, onTestFinished }) => {
      const project = createProject('strokes', onTestFinished)
      const stems = ['spins_while_loading', 'passes']
      const running = startStrokes(project, stems)
      await eventually(150_000, () =>
        expect(actionOf(project)).toBe('Loading Scenarios: spins_while_loading'),
      )
      const { code, session, output } = await running.ended()
      expect(code).toBe(1)
      expect(statusesOf(session).toSorted()).toEqual([
        'passes: PASSED',
        'spins_while_loading: FAILED',
      ])
      const message = messageOf(session, 'spins_while_loading')
      expect(message).toMatch(/^This file did not finish loading its scenarios within 1[5-7] s: /)
      expect(message).toContain(DOES_NOT_LOAD)
      expect(session?.eventsOf('error')).toEqual([])
      expect(output).not.toContain('Unhandled')
      expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
    },
  )

  test("of Vitest's own pool of processes as well", async ({ expect, onTestFinished }) => {
    const project = createProject('strokes', onTestFinished)
    const args = ['--pool=forks']
    const { session } = await startPatiently(project, ['spins_for_ever', 'passes'], {
      args,
    }).ended()
    expect(statusesOf(session).toSorted()).toEqual([
      'passes: PASSED',
      'spins_for_ever > comes after: INTERRUPTED',
      'spins_for_ever > has ended before: PASSED',
      'spins_for_ever > spins: FAILED',
    ])
    expect(messageOf(session, 'spins_for_ever > spins')).toContain(SPINS)
    expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
  })
})
