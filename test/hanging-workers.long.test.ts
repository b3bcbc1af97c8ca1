// @module-tag long
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type TestContext, describe, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { type Running, vitestProgram } from './support/run.ts'
import { messageOf, startStrokes, statusesOf } from './support/strokes.ts'

const DOES_NOT_LOAD =
  'Look for a loop without an end, or an await that nothing answers, outside of its tests.'

test('a file that does not load is named, also where it waits for what never comes', async ({
  expect,
}) => {
  const project = createProject('strokes')
  const stems = ['spins_while_loading', 'spins_in_describe', 'waits_while_loading', 'passes']
  const { code, session, output } = await startStrokes(project, stems).ended()
  expect(code).toBe(1)
  expect(statusesOf(session).toSorted()).toEqual([
    'passes: PASSED',
    'spins_in_describe: FAILED',
    'spins_while_loading: FAILED',
    'waits_while_loading: FAILED',
  ])
  for (const stem of stems.slice(0, 3)) {
    const message = messageOf(session, stem)
    expect(message).toMatch(/^This file did not finish loading its scenarios within 1[5-7] s: /)
    expect(message).toContain(DOES_NOT_LOAD)
  }
  expect(session?.eventsOf('error')).toEqual([])
  expect(output).not.toContain('Unhandled')
  expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
})

test('a fixture that never ends costs its scenario and the rest of its file', async ({
  expect,
}) => {
  const project = createProject('strokes')
  const { code, session } = await startStrokes(project, ['waits_at_its_end', 'passes']).ended()
  expect(code).toBe(1)
  expect(statusesOf(session).toSorted()).toEqual([
    'passes: PASSED',
    'waits_at_its_end > comes after: INTERRUPTED',
    'waits_at_its_end > passes, and its fixture never ends: FAILED',
  ])
  expect(messageOf(session, 'waits_at_its_end > passes, and its fixture never ends')).toMatch(
    /^The scenario did not end within 6\d s, and may take 1 s: its process was ended\./,
  )
  expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
})

test('of files that share a process the others were interrupted', async ({ expect }) => {
  const project = createProject('strokes')
  const command = [vitestProgram, 'run', '--config', 'together.config.mts']
  const stems = ['passes', 'spins_for_ever', 'takes_its_time']
  const { code, session } = await startStrokes(project, stems, { command }).ended()
  expect(code).toBe(1)
  const statuses = statusesOf(session)
  expect(statuses).toContain('spins_for_ever > spins: FAILED')
  expect(statuses).toContain('spins_for_ever > has ended before: PASSED')
  expect(statuses).toHaveLength(5)
  // By the order in which Vitest gives them to the process.
  const others = statuses.filter((text) => /^(passes|takes_its_time)/.test(text))
  expect(others.every((text) => /: (PASSED|INTERRUPTED)$/.test(text))).toBe(true)
  expect(session?.eventsOf('error')).toEqual([])
  expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
})

describe.concurrent('a worker that hangs is not ended', () => {
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
    await eventually(90_000, () => expect(existsSync(path)).toBe(true))
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

  test('while it is stopped, and is when it is let go', async (context) => {
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
