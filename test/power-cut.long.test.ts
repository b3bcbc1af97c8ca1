// @module-tag long
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { type Disk, makeDisk } from './support/power-cut.ts'
import { allProcesses, treeOf } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { run, start } from './support/run.ts'
import { latestSession, sessionFiles } from './support/session-files.ts'

const TRIALS = 4
/** Long enough for a log to be synced in the background, short for what a system syncs by itself. */
const SYNCED_WITHIN_MS = 1_000
const PLAN = { JARVIS_PLAN: 'plans/two_loadouts.yaml' }

function diskOf(project: Project, kind: 'ext4' | 'xfs'): Disk | null {
  const disk = makeDisk(dirname(project.root), kind)
  if (disk !== null) onTestFinished(() => disk.remove())
  return disk
}

test.for(['ext4', 'xfs'] as const)(
  'a power cut after the end of a run takes nothing of it (%s)',
  async (kind, { skip }) => {
    const project = createProject('slow')
    const disk = diskOf(project, kind)
    if (disk === null) return skip(`no ${kind} can be made and mounted here, which takes root`)
    const env = { ...PLAN, JARVIS_LOGS: join(disk.folder, 'logs') }
    for (let trial = 0; trial < TRIALS; trial += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one power cut after the other
      expect(await run(project, { env })).toMatchObject({ code: 0 })
      const session = latestSession(env.JARVIS_LOGS)!
      const names = session.names().filter((name) => name !== 'attachments')
      const before = names.map((name) => [name, session.text(name)])
      disk.powerOff()
      disk.powerOn()
      expect(names.map((name) => [name, session.text(name)])).toEqual(before)
      expect(names.filter((name) => name.startsWith('svc_'))).toHaveLength(2)
      for (const { logs } of session.results('llm')) {
        for (const { file, from, to } of logs) {
          expect(session.text(file).length).toBeGreaterThanOrEqual(to)
          expect(to).toBeGreaterThanOrEqual(from)
        }
      }
    }
  },
)

test.for(['ext4', 'xfs'] as const)(
  'a power cut takes nothing of the logs of a loadout that has stopped, and the next run completes the story (%s)',
  async (kind, { skip }) => {
    const project = createProject('slow')
    const disk = diskOf(project, kind)
    if (disk === null) return skip(`no ${kind} can be made and mounted here, which takes root`)
    const env = { ...PLAN, JARVIS_LOGS: join(disk.folder, 'logs') }
    const running = start(project, { env, detached: true })
    await running.until('Loadout Stopped')
    const session = latestSession(env.JARVIS_LOGS)!
    await eventually(150_000, () => {
      expect(session.eventsOf('loadout_stopped')).toHaveLength(1)
    })
    const { log } = session.eventsOf('service_spawned')[0]!
    const content = session.text(log)
    expect(content).not.toBe('')
    await sleep(SYNCED_WITHIN_MS)
    const told = session.text('progression.log')
    disk.powerOff()
    for (const { pid } of treeOf(running.child.pid!, allProcesses())) process.kill(pid, 'SIGKILL')
    await running.ended()
    await eventually(5_000, () => disk.powerOn())
    expect(session.text(log)).toBe(content)
    rmSync(join(project.runtime, 'jarvis', 'run.lock'), { force: true })
    await run(project, { env })
    const completed = sessionFiles(session.directory).text('progression.log')
    const stopped = told.slice(0, told.indexOf('Loadout Stopped'))
    expect(completed.startsWith(stopped)).toBe(true)
    expect(completed).toMatch(/Finished Test Run: DIED/)
    expect(readFileSync(join(session.directory, 'state.json'), 'utf8')).toContain('"died"')
  },
)
