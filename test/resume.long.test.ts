// @module-tag long
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { begun, kill } from './support/kill-trial.ts'
import { eventually } from './support/poll.ts'
import { showsProcesses } from './support/processes.ts'
import { copyFixture } from './support/project.ts'
import { randomFrom } from './support/random.ts'
import {
  allEvents,
  countsIn,
  eventsOf,
  finalIn,
  jarvis,
  lastPart,
  ranIn,
  resultsOf,
} from './support/resumed-run.ts'
import { run, start } from './support/run.ts'
import { latestSession, type SessionFiles } from './support/session-files.ts'

const TRIALS = 20
/** Every so manieth of them is killed in its second part as well. */
const KILLED_TWICE = 3
/** `JARVIS_KILL_SEED`, else another one each time. */
const SEED = Number(process.env['JARVIS_KILL_SEED'] ?? Math.trunc(Math.random() * 1e6))
const COMPLETED_WITHIN_MS = 30_000
const LONGEST_MS = 1_800_000

const where = showsProcesses ? '' : ' (skipped: only Linux shows the processes of a run)'

describe.skipIf(!showsProcesses)(`killed at random moments and resumed${where}`, () => {
  test(
    `${TRIALS} runs have the results of one that nobody disturbs, no scenario runs twice, no loadout is loaded in vain, seed ${SEED}`,
    { timeout: LONGEST_MS },
    async () => {
      const { remove, ...project } = copyFixture('resume')
      const env = { JARVIS_PLAN: 'plans/long.yaml' }
      const undisturbed = await run(project, { env: { ...env, JARVIS_LOGS: 'logs-whole' } })
      const whole = latestSession(join(project.root, 'logs-whole'))!
      expect(undisturbed.output).toContain('Finished Test Run')
      const [wanted, all] = [resultsOf(whole), countsIn(ranIn(project))]
      const [end] = eventsOf(await allEvents(whole), 'run_ended')
      const random = randomFrom(SEED)

      const killed = async (session: SessionFiles | null, part: string[], logs: string) => {
        const own = { ...env, JARVIS_LOGS: logs }
        const running = start(project, {
          env: own,
          detached: true,
          ...(part.length > 0 ? jarvis(...part) : {}),
        })
        await (session === null
          ? begun(project, running, logs)
          : running.until('Resuming Test Run'))
        await sleep(random() * end!.duration * 1_000)
        if (running.child.exitCode === null) {
          kill(running, join(project.root, logs), random() < 0.5 ? 'process' : 'group')
        }
        await running.ended()
        const there = latestSession(join(project.root, logs))!
        await eventually(COMPLETED_WITHIN_MS, () => {
          expect(there.text('state.json')).not.toContain('"status": "running"')
        })
        return there
      }

      for (let trial = 0; trial < TRIALS; trial += 1) {
        const logs = `logs-${trial}`
        const name = `trial ${trial} of seed ${SEED}`
        rmSync(join(project.root, 'ran.log'), { force: true })
        // oxlint-disable-next-line no-await-in-loop -- one run after the other
        let session = await killed(null, [], logs)
        const isKilled = session.text('state.json').includes('"result": "DIED"')
        if (isKilled && trial % KILLED_TWICE === KILLED_TWICE - 1) {
          // oxlint-disable-next-line no-await-in-loop -- see above
          session = await killed(session, ['resume', session.directory, 'plans/long.yaml'], logs)
        }
        const final = finalIn(session)
        const before = ranIn(project).length
        // oxlint-disable-next-line no-await-in-loop -- see above
        const { output } = await run(
          project,
          jarvis('resume', session.directory, 'plans/long.yaml'),
        )
        expect(resultsOf(session), `${name}\n${output}`).toEqual(wanted)
        // oxlint-disable-next-line no-await-in-loop -- see above
        const entries = await allEvents(session)
        const again = countsIn(ranIn(project).slice(before))
        for (const [line, count] of all) {
          expect(again.get(line) ?? 0, `${name}: ${line}`).toBe(count - (final.get(line) ?? 0))
        }
        const isResumed = output.includes('Resuming Test Run')
        const loaded = isResumed ? eventsOf(lastPart(entries), 'loadout_starting') : []
        const ran = new Set([...again.keys()].map((line) => line.split(' | ')[0] ?? ''))
        expect(
          loaded.map(({ domain, models }) => `${domain} ${models.join(' + ')}`).toSorted(),
          name,
        ).toEqual([...ran].toSorted())
        expect(eventsOf(entries, 'run_ended').at(-1), name).toMatchObject({ absent: [] })
      }
      remove()
    },
  )
})
