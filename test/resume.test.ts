import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { begun, expectComplete, kill } from './support/kill-trial.ts'
import { showsProcesses } from './support/processes.ts'
import { createProject } from './support/project.ts'
import { allEvents, eventsOf, jarvis, lastPart, ranIn, resultsOf } from './support/resumed-run.ts'
import { run, start } from './support/run.ts'

const where = showsProcesses ? '' : ' (skipped: only Linux shows the processes of a run)'

describe.skipIf(!showsProcesses)(`a run that was killed${where}`, () => {
  test(
    'goes on in its session: what has its result is not run, its loadout is not loaded, and all commands tell the whole',
    { timeout: 300_000 },
    async () => {
      const project = createProject('resume')
      const logs = join(project.root, 'logs')
      const running = start(project, { detached: true })
      await begun(project, running)
      // The first loadout is over, and of a test with three repeats one has its result.
      await running.until(/second[^]*Scenario odd > runs three times: PASSED/)
      const before = kill(running, logs, 'group')
      await running.ended()
      await expectComplete(before, 'watchdog')
      const final = resultsOf(before.session).filter((line) => !line.endsWith('INTERRUPTED'))
      const ran = ranIn(project)

      const shown = await run(project, jarvis('show'))
      expect(shown.output).toContain('Go on with it: npx --no-install jarvis resume RUN_')
      const resumed = await run(project, jarvis('resume'))
      const { session, output, code } = resumed
      expect(code, output).toBe(1)
      expect(session!.directory).toBe(before.session.directory)
      expect(output).toMatch(/RUN_\w+: The run died .*: \d+ of \d+ results did not come\./)
      expect(output).toContain('Resuming Test Run: part 2')

      const entries = await allEvents(session!)
      const part = lastPart(entries)
      const loaded = eventsOf(part, 'service_spawned').map(({ model }) => model)
      expect(loaded).toEqual(['sim://second#load=0.05'])
      const results = resultsOf(session!)
      expect(results).toEqual(expect.arrayContaining(final))
      expect(results.map((line) => line.split(' ').at(-1) ?? '').toSorted()).toEqual([
        ...Array.from({ length: 2 }, () => 'FAILED'),
        ...Array.from({ length: 6 }, () => 'MISSING'),
        ...Array.from({ length: 14 }, () => 'PASSED'),
        ...Array.from({ length: 3 }, () => 'SKIPPED'),
      ])
      // A scenario that ran to its end runs no second time; of the repeats only those without a result do.
      const again = ranIn(project).slice(ran.length)
      expect(again.filter((line) => line.includes('sim://first'))).toEqual([])
      expect(again.filter((line) => line.endsWith('asks'))).toEqual([])
      expect(again.filter((line) => line.endsWith('three times')).length).toBeLessThan(3)
      const [summary] = eventsOf(part, 'repeats_summarised')
      expect(summary).toMatchObject({ n: 3, passed: 3 })
      expect(eventsOf(part, 'run_ended')).toMatchObject([{ status: 'FAILED', absent: [] }])

      const counts = { passed: 14, failed: 2, skipped: 3, missing: 6, interrupted: 0 }
      const list = await run(project, jarvis('list', '--json'))
      expect(JSON.parse(list.output)).toMatchObject([{ counts }])
      const exported = await run(project, jarvis('export', '--format', 'jsonl'))
      expect(exported.output.trim().split('\n')).toHaveLength(25)
      const watched = await run(project, jarvis('watch', '--plain'))
      expect(watched.output).toContain('Finished Test Run: FAILED (14 passed, 2 failed, 6 missing')
      const whole = await run(project, jarvis('resume', session!.directory))
      expect(whole).toMatchObject({ code: 0 })
      expect(whole.output).toMatch(
        /The run is whole: all 25 results came\. Nothing is left to run\./,
      )

      appendFileSync(join(project.root, 'plans/default.yaml'), '# another plan\n')
      const refused = await run(project, jarvis('resume', session!.directory, '--failed'))
      expect(refused.code).toBe(2)
      expect(refused.output).toContain('The plan plans/default.yaml has another text.')
      const forced = await run(project, jarvis('resume', session!.directory, '--failed', '--force'))
      const failed = forced.session!.results('llm').filter(({ status }) => status === 'FAILED')
      expect(failed.map(({ retries, part: number, flags }) => [retries, number, flags])).toEqual([
        [1, 3, expect.arrayContaining(['resumed_changed'])],
        [1, 3, expect.arrayContaining(['resumed_changed'])],
      ])
      expect(ranIn(project).slice(ran.length + again.length)).toHaveLength(2)
    },
  )
})
