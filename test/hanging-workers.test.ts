import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type TestContext, describe, test } from 'vitest'
import type { SessionState } from '../src/session/projections/state.ts'
import { eventually } from './support/poll.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { type Running, vitestProgram } from './support/run.ts'
import { latestSession } from './support/session-files.ts'
import { messageOf, startStrokes, statusesOf } from './support/strokes.ts'

/** Each hangs for the limit of its tests, one second, or of loading, ten, and five more. */
const LONG_MS = 180_000
const SPINS = 'Look for a loop without an await, or a regular expression that backtracks.'
const DOES_NOT_LOAD =
  'Look for a loop without an end, or an await that nothing answers, outside of its tests.'

const actionOf = ({ root }: Project): string => {
  const { directory } = latestSession(join(root, 'logs')) ?? { directory: '' }
  return (JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')) as SessionState).action
}

describe.concurrent('a worker that lets nothing else happen is ended', { timeout: LONG_MS }, () => {
  test('by a regular expression, a loop and a hook: its scenario fails, what had ended stays, the night goes on', async ({
    expect,
    onTestFinished,
  }) => {
    const project = createProject('strokes', onTestFinished)
    const stems = ['spins_in_regexp', 'spins_for_ever', 'spins_in_hook', 'passes']
    const running = startStrokes(project, stems)
    // What `Still Running` and the screen say.
    await eventually(60_000, () =>
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
  })

  test('while its file loads, also where it waits for what never comes: the file is named', async ({
    expect,
    onTestFinished,
  }) => {
    const project = createProject('strokes', onTestFinished)
    const stems = ['spins_while_loading', 'spins_in_describe', 'waits_while_loading', 'passes']
    const running = startStrokes(project, stems)
    await eventually(60_000, () =>
      expect(actionOf(project)).toBe('Loading Scenarios: spins_in_describe'),
    )
    const { code, session, output } = await running.ended()
    expect(code).toBe(1)
    expect(statusesOf(session).toSorted()).toEqual([
      'passes: PASSED',
      'spins_in_describe: FAILED',
      'spins_while_loading: FAILED',
      'waits_while_loading: FAILED',
    ])
    for (const stem of stems.slice(0, 3)) {
      const message = messageOf(session, stem)
      expect(message).toMatch(/^This file did not finish loading its scenarios within 1[56] s: /)
      expect(message).toContain(DOES_NOT_LOAD)
    }
    expect(session?.eventsOf('error')).toEqual([])
    expect(output).not.toContain('Unhandled')
    expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
  })

  test("of Vitest's own pool of processes as well", async ({ expect, onTestFinished }) => {
    const project = createProject('strokes', onTestFinished)
    const args = ['--pool=forks']
    const { session } = await startStrokes(project, ['spins_for_ever', 'passes'], { args }).ended()
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

describe.concurrent('a worker that hangs is not ended', { timeout: LONG_MS }, () => {
  /** Far more than it takes to end one. */
  const ENDED_WITHIN_MS = 15_000

  async function held(
    { expect, onTestFinished }: TestContext,
    running: (project: Project) => Running,
  ): Promise<{ pid: number; run: Running; project: Project }> {
    const project = createProject('strokes', onTestFinished)
    const run = running(project)
    onTestFinished(() => void run.child.kill('SIGKILL'))
    const path = join(project.root, 'pid')
    await eventually(30_000, () => expect(existsSync(path)).toBe(true))
    return { pid: Number(readFileSync(path, 'utf8')), run, project }
  }
  const lives = (pid: number): boolean => existsSync(`/proc/${pid}`)

  test('while it is started with an inspector', async (context) => {
    const { expect, skip } = context
    skip(!showsProcesses, 'it is looked for in /proc')
    const command = [vitestProgram, 'run', '--config', 'inspected.config.mts']
    const { pid } = await held(context, (project) =>
      startStrokes(project, ['is_held'], { command }),
    )
    await sleep(ENDED_WITHIN_MS)
    expect(lives(pid)).toBe(true)
  })

  test('while a debugger is attached to it later, or it is stopped, and is when it is let go', async (context) => {
    const { expect, skip } = context
    skip(!showsProcesses, 'only Linux shows it')
    const { pid, run } = await held(context, (project) => startStrokes(project, ['is_held']))
    process.kill(pid, 'SIGSTOP')
    await sleep(ENDED_WITHIN_MS)
    expect(lives(pid)).toBe(true)
    process.kill(pid, 'SIGCONT')
    const { session } = await run.ended()
    expect(statusesOf(session)).toEqual(['is_held > spins where a test can find it: FAILED'])
  })

  test('while its inspector was opened from outside', async (context) => {
    const { expect, skip } = context
    skip(!showsProcesses, 'only Linux shows it')
    const { pid } = await held(context, (project) => startStrokes(project, ['is_held']))
    process.kill(pid, 'SIGUSR1')
    await sleep(ENDED_WITHIN_MS)
    expect(lives(pid)).toBe(true)
  })

  test("where it is a thread of the run's own process, which is said once", async ({
    expect,
    onTestFinished,
  }) => {
    const project = createProject('strokes', onTestFinished)
    const args = ['--pool=threads']
    const running = startStrokes(project, ['spins_for_ever'], { args })
    onTestFinished(() => void running.child.kill('SIGKILL'))
    await running.until('jarvis cannot end it')
    await sleep(3_000)
    const said = running.output().match(/.*jarvis cannot end it.*/g) ?? []
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(
      /spins_for_ever\.scenario\.ts has not yielded for \d+ s, .* take `pool` out of the Vitest config/,
    )
  })
})
