// @module-tag long
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { createProject, type Project } from './support/project.ts'
import { type Ended, type Running, start } from './support/run.ts'
import { latestSession, type SessionFiles, sessionFiles } from './support/session-files.ts'

const isWindows = process.platform === 'win32'
const PLAN = { JARVIS_PLAN: 'plans/two_loadouts.yaml' }
const SEEN_WITHIN_MS = 2_000
const RESULTS = 122

interface Midway {
  project: Project
  running: Running
  session: SessionFiles
}

/** A run of two loadouts in the middle of the first. */
async function midway(env: Record<string, string> = {}): Promise<Midway> {
  const project = createProject('slow')
  const running = start(project, { env: { ...PLAN, ...env }, detached: true })
  await running.until('Scenario many > number 10: PASSED')
  return { project, running, session: latestSession(join(project.root, 'logs'))! }
}

async function told(running: Running, text: string): Promise<void> {
  const from = performance.now()
  await running.until(text)
  expect(performance.now() - from).toBeLessThan(SEEN_WITHIN_MS)
}

function expectAllThere(session: SessionFiles, ended: Ended): void {
  expect(session.results('llm').map(({ status }) => status)).toEqual(Array(RESULTS).fill('PASSED'))
  const events = session.events()
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  expect(events.at(-1)).toMatchObject({ type: 'run_ended', recorded_by: 'run' })
  expect(JSON.parse(session.text('state.json'))).toMatchObject({ status: 'ended' })
  expect(session.text('progression.log').match(/\] Scenario /g)).toHaveLength(RESULTS)
  expect(session.names()).toEqual(expect.arrayContaining(['system_info.yaml', 'telemetry.csv']))
  expect(ended.output).toContain(`Tests  ${RESULTS} passed`)
}

test.skipIf(isWindows)('a run whose session is renamed goes on there, and passes', async () => {
  const { project, running, session } = await midway({ JARVIS_REPORTS: 'on' })
  const moved = join(project.root, 'logs', 'night')
  renameSync(session.directory, moved)
  await told(running, `The folder of this session was moved: the run goes on in ${moved}`)
  const ended = await running.ended()
  expect(ended.code).toBe(0)
  expectAllThere(sessionFiles(moved), ended)
  expect(existsSync(session.directory)).toBe(false)
  expect(ended.output).toMatch(/Session {2}logs\/night\n.*Workbook {2}logs\/night\/report.xlsx\n/)
  const logs = sessionFiles(moved)
    .names()
    .filter((name) => name.startsWith('svc_'))
  expect(logs).toHaveLength(2)
  for (const log of logs) expect(sessionFiles(moved).text(log)).toContain('listening on')
})

test.skipIf(isWindows)(
  'a run that is killed after its session was renamed is completed there',
  async () => {
    const { project, running, session } = await midway()
    const moved = join(project.root, 'logs', 'night')
    renameSync(session.directory, moved)
    await running.until('the run goes on in')
    process.kill(running.child.pid!, 'SIGKILL')
    await running.ended()
    await eventually(150_000, () => {
      expect(sessionFiles(moved).text('state.json')).toContain('"died"')
      expect(existsSync(session.directory)).toBe(false)
    })
    expect(sessionFiles(moved).results('llm').length).toBeGreaterThan(10)
  },
)

test.skipIf(process.platform !== 'linux')(
  'a run that is killed in the moment in which its session is renamed is completed there',
  async () => {
    const { project, running, session } = await midway()
    const moved = join(project.root, 'logs', 'night')
    process.kill(running.child.pid!, 'SIGSTOP')
    renameSync(session.directory, moved)
    process.kill(running.child.pid!, 'SIGKILL')
    await running.ended()
    await eventually(150_000, () => {
      expect(sessionFiles(moved).text('state.json')).toContain('"died"')
    })
    expect(existsSync(session.directory)).toBe(false)
  },
)

test('a run whose session is removed keeps its results, tells what is lost, and does not pass', async () => {
  const { running, session } = await midway()
  spawnSync('rm', ['-rf', session.directory])
  // It may be seen while it is being removed.
  await told(running, 'written again')
  const ended = await running.ended()
  expect(ended.code).toBe(1)
  expect(ended.output).toMatch(
    /svc_llm_small_\S+\.log is lost: it was removed while the run went on/,
  )
  expectAllThere(session, ended)
})

test('a run whose journal is removed writes it anew, and passes', async () => {
  const { running, session } = await midway()
  rmSync(join(session.directory, 'events.jsonl'))
  await told(running, 'events.jsonl is written again: somebody had removed that')
  const ended = await running.ended()
  expect(ended.code).toBe(0)
  expectAllThere(session, ended)
})

test.skipIf(!existsSync('/dev/shm'))(
  'a run whose session is moved to another file system keeps its results where they belong, and does not pass',
  async () => {
    const { running, session } = await midway()
    const elsewhere = mkdtempSync('/dev/shm/jarvis-')
    onTestFinished(() => rmSync(elsewhere, { recursive: true }))
    spawnSync('mv', [session.directory, elsewhere])
    await told(running, 'written again')
    const ended = await running.ended()
    expect(ended.code).toBe(1)
    expect(ended.output).toMatch(/svc_llm_small_\S+\.log is lost/)
    expectAllThere(session, ended)
    const copy = readFileSync(join(elsewhere, basename(session.directory), 'events.jsonl'))
    expect(copy.length).toBeGreaterThan(0)
  },
)
