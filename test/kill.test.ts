import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { isRunning } from '../src/host/process-identity.ts'
import { begun, expectComplete, expectNothingLeft, kill } from './support/kill-trial.ts'
import { eventually } from './support/poll.ts'
import {
  allProcesses,
  groupOf,
  type ProcessFacts,
  showsProcesses,
  treeOf,
  watchdogOf,
} from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { sweepRandomKills } from './support/random-kill-sweep.ts'
import { type Running, start } from './support/run.ts'
import { latestSession, sessionFiles } from './support/session-files.ts'

/** `npm run test:durability` has a thousand. */
const KILLS = 3
const SEED = 3
const UP_WITHIN_MS = 150_000
/** Long enough for a watchdog to have acted if there were one. */
const SETTLED_MS = 500

const REPLACED = /\[WARN\] The watchdog was ended \(SIGKILL.*\): another one has taken its place/

const where = showsProcesses ? '' : ' (skipped: only Linux shows the processes of a run)'

describe.skipIf(!showsProcesses)(`a killed run${where}`, () => {
  test(
    `${KILLS} kills at random lose nothing and leave nothing, seed ${SEED}`,
    { timeout: 240_000 },
    async () => {
      const { problems, kills, reads } = await sweepRandomKills(KILLS, SEED)
      expect(problems).toEqual([])
      expect(kills).toBeGreaterThanOrEqual(KILLS)
      expect(reads).toBeGreaterThan(0)
    },
  )

  test('a run whose watchdog is killed gets another one, says so, and a kill after that leaves nothing', async () => {
    const project = createProject('kill')
    const env = { JARVIS_PLAN: 'plans/native.yaml', JARVIS_DASHBOARD: 'plain' }
    const running = start(project, { env })
    await waiting(project, running)
    const daemon = await disownedOf(project)
    const first = watchdogOf(running.child.pid!)
    process.kill(first.pid, 'SIGKILL')
    await running.until(REPLACED)
    const session = latestSession(join(project.root, 'logs'))!
    expect(session.eventsOf('note').map(({ level, message }) => `[${level}] ${message}`)).toEqual([
      expect.stringMatching(REPLACED),
    ])
    expect(session.text('progression.log')).toMatch(REPLACED)
    expect(watchdogOf(running.child.pid!).pid).not.toBe(first.pid)

    const before = kill(running, join(project.root, 'logs'))
    await running.ended()
    await expectComplete(before, 'watchdog')
    await expectNothingLeft(project, before)
    expect(isRunning(daemon)).toBe(false)
  })

  test('the next run ends what a run and its watchdog left, and completes the dead session', async () => {
    const project = createProject('kill')
    const env = { JARVIS_PLAN: 'plans/native.yaml' }
    const running = start(project, { env, detached: true })
    await waiting(project, running)
    const daemon = await disownedOf(project)
    const watchdog = watchdogOf(running.child.pid!)
    // One that goes on would have another watchdog.
    process.kill(-running.child.pid!, 'SIGSTOP')
    process.kill(watchdog.pid, 'SIGKILL')
    const before = kill(running, join(project.root, 'logs'), 'group')
    await running.ended()
    await sleep(SETTLED_MS)
    const [service] = before.session.events().filter(({ type }) => type === 'service_spawned')
    const { pid, process_start } = service as { pid: number; process_start: string }
    expect([isRunning({ pid, start: process_start }), isRunning(daemon)]).toEqual([true, true])
    expect(before.session.events().at(-1)?.type).not.toBe('run_ended')

    writeFileSync(join(project.root, 'go-on'), '')
    const { code, output, session } = await start(project, { env }).ended()
    expect(code, output).toBe(0)
    expect(session!.directory).not.toBe(before.session.directory)
    await expectComplete(before, 'recovery')
    await expectNothingLeft(project, before)
    expect(isRunning(daemon)).toBe(false)
    expect(output).toContain(`Completed a run that died: ${before.session.directory}`)
    const { id } = /Starting Test Run: .* \((?<id>RUN_\w+) died .* jarvis resume \k<id>\)\n/.exec(
      output,
    )!.groups!
    expect(before.session.directory.endsWith(id!)).toBe(true)
    expect(existsSync(join(project.runtime, 'jarvis', 'run.lock'))).toBe(false)
  })

  test('a killed run takes with it what a service disowned in a session of its own', async () => {
    const project = createProject('kill')
    const running = start(project, { env: { JARVIS_PLAN: 'plans/native.yaml' } })
    await waiting(project, running)
    const daemon = await disownedOf(project)
    const tree = treeOf(running.child.pid!, allProcesses())
    // Neither the tree nor a process group of the run leads to it: its environment alone tells whose it is.
    expect(tree.map(({ pid }) => pid)).not.toContain(daemon.pid)
    expect(groupOf(daemon.pid)).toBe(daemon.pid)
    const before = kill(running, join(project.root, 'logs'))
    await running.ended()
    await expectNothingLeft(project, before)
    expect(isRunning(daemon)).toBe(false)
  })

  test('a killed run takes a service with it that ignores SIGTERM', async () => {
    const project = createProject('kill')
    const running = start(project, { env: { JARVIS_PLAN: 'plans/stubborn.yaml' } })
    await waiting(project, running)
    const before = kill(running, join(project.root, 'logs'))
    await running.ended()
    await expectComplete(before, 'watchdog')
    await expectNothingLeft(project, before)
    const results = sessionFiles(before.session.directory).results('llm')
    expect(results.map(({ name, status }) => `${name}: ${status}`)).toEqual([
      'waiting > is done at once: PASSED',
      'waiting > waits for a word: INTERRUPTED',
    ])
  })
})

/** Waits until the scenario that waits has begun, by the journal. */
async function waiting(project: Project, running: Running): Promise<void> {
  await begun(project, running)
  await eventually(UP_WITHIN_MS, () => {
    const entries = latestSession(join(project.root, 'logs'))!.events()
    const names = entries.flatMap((entry) => (entry.type === 'scenario_started' ? entry.name : []))
    expect(names).toContain('waiting > waits for a word')
  })
}

/** The process that the service of `plans/native.yaml` disowns, once nothing of the run is its parent. */
function disownedOf(project: Project): Promise<ProcessFacts> {
  return eventually(UP_WITHIN_MS, () => {
    const ours = allProcesses().filter(({ folder }) => folder === project.root)
    const daemon = ours.find(({ command }) => command.endsWith('// disowned'))
    expect(daemon, 'the disowned process is up').toBeDefined()
    expect(ours.map(({ pid }) => pid)).not.toContain(daemon!.parent)
    return daemon!
  })
}
