import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { allProcesses, showsProcesses, treeOf } from './support/processes.ts'
import { createProject } from './support/project.ts'
import { allEvents, eventsOf, jarvis, lastPart, ranIn, resultsOf } from './support/resumed-run.ts'
import { cleanEnvironment, run, start } from './support/run.ts'
import { sessionNames } from './support/session-files.ts'

const where = showsProcesses ? '' : ' (skipped: only Linux shows the processes of a run)'
const PLAN = 'plans/long.yaml'
const SPLIT = 'plans/long.split.json'
const TASK = {
  JARVIS_PLAN: PLAN,
  JARVIS_SPLIT: SPLIT,
  SLURM_ARRAY_JOB_ID: '815',
  SLURM_ARRAY_TASK_ID: '1',
}

describe.skipIf(!showsProcesses)(`a task of a scheduler that begins again${where}`, () => {
  test(
    'ends in order when the scheduler tells all of its processes to, and goes on in its session',
    { timeout: 300_000, tags: ['long'] },
    async () => {
      const project = createProject('resume')
      execFileSync(process.execPath, [...jarvis('split', PLAN, '-n', '1').command], {
        cwd: project.root,
        env: cleanEnvironment(),
      })
      const first = start(project, { ...jarvis('run'), env: TASK })
      await first.until('Scenario odd > asks: PASSED')
      // As Slurm does it: whoever has started the run passes on what the run has been sent as well.
      for (const { pid } of treeOf(first.child.pid!, allProcesses())) process.kill(pid, 'SIGTERM')
      const ended = await first.ended()
      expect(ended.code, ended.output).toBe(143)
      const [begun] = ended.session!.eventsOf('run_started')
      expect(begun).toMatchObject({ shard: { index: 1, count: 1, run: '815' } })
      const [stopped] = ended.session!.eventsOf('run_ended')
      expect(stopped).toMatchObject({ status: 'INTERRUPTED', recorded_by: 'run' })
      const final = resultsOf(ended.session!).filter((line) => !line.endsWith('INTERRUPTED'))
      // Only what fails by itself has failed.
      expect(final.filter((line) => line.endsWith('FAILED') && !line.includes('|fails|'))).toEqual(
        [],
      )
      const ran = ranIn(project)

      const again = { ...TASK, SLURM_RESTART_COUNT: '1' }
      const requeued = await run(project, { ...jarvis('run'), env: again })
      const { session, output, code } = requeued
      // A scenario has failed.
      expect(code, output).toBe(1)
      expect(session!.directory).toBe(ended.session!.directory)
      expect(output).toMatch(/This goes on with RUN_\w+, an earlier attempt of this part/)
      const part = lastPart(await allEvents(session!))
      expect(eventsOf(part, 'run_ended')).toMatchObject([{ status: 'FAILED', absent: [] }])
      expect(resultsOf(session!)).toEqual(expect.arrayContaining(final))
      const asked = ranIn(project).slice(ran.length)
      expect(asked.filter((line) => /sim:\/\/first.*asks$/.test(line))).toEqual([])

      // Its node was lost after the last result: nothing runs again, and what it came to is told again.
      const over = await run(project, {
        ...jarvis('run'),
        env: { ...again, SLURM_RESTART_COUNT: '2' },
      })
      expect([over.code, over.session!.directory]).toEqual([1, session!.directory])
      expect(over.output).toContain('Nothing is left to run of RUN_')
      expect(sessionNames(join(project.root, 'logs'))).toHaveLength(1)
    },
  )
})

test('what could not run has another exit code than what failed, of the command that says what to run', async () => {
  const project = createProject('resume')
  const plan = join(project.root, 'plans/default.yaml')
  writeFileSync(plan, readFileSync(plan, 'utf8').replace('execution:', 'exekution:'))
  const said = await run(project, jarvis('run'))
  expect([said.code, said.session]).toEqual([2, null])
  expect(said.output).toContain('unknown key "exekution"')
  expect((await run(project)).code).toBe(1)
})
