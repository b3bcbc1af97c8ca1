// @module-tag long
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { begun, kill } from './support/kill-trial.ts'
import { eventually } from './support/poll.ts'
import { showsProcesses } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import {
  allEvents,
  countsIn,
  eventsOf,
  jarvis,
  lastPart,
  ranIn,
  resultsOf,
} from './support/resumed-run.ts'
import { run, type RunOptions, start } from './support/run.ts'
import { completeSession } from './support/session-directories.ts'
import { latestSession, type SessionFiles } from './support/session-files.ts'
import { transcriptOf } from './support/transcript.ts'

const LONGEST_MS = 600_000
const WITHIN_MS = 300_000
/** The first loadout is over, and of a test with three repeats one has its result. */
const IN_THE_MIDDLE = /second[^]*Scenario odd > runs three times: PASSED/
const where = showsProcesses ? '' : ' (skipped: only Linux shows the processes of a run)'

/** A run that is killed in the middle, once its watchdog has completed it. */
async function killedRun(project: Project, options: RunOptions = {}): Promise<SessionFiles> {
  const running = start(project, { detached: true, ...options })
  await begun(project, running)
  await running.until(IN_THE_MIDDLE, WITHIN_MS)
  const { session } = kill(running, join(project.root, 'logs'), 'group')
  await running.ended()
  await completed(session)
  return session
}

async function completed(session: SessionFiles): Promise<void> {
  await eventually(WITHIN_MS, () => {
    expect(session.text('state.json')).not.toContain('"status": "running"')
  })
}

/** What of a session is as in a run that nobody has disturbed. */
async function undisturbed(project: Project, options: RunOptions = {}): Promise<string[]> {
  const env = { ...options.env, JARVIS_LOGS: 'logs-whole' }
  await run(project, { ...options, env })
  return resultsOf(latestSession(join(project.root, 'logs-whole'))!)
}

/** How often each scenario ran that the session says has run to its end. */
function endedOnce(project: Project, session: SessionFiles): void {
  const ran = countsIn(ranIn(project))
  const done = session
    .results('llm')
    .filter(({ status }) => status === 'PASSED' || status === 'FAILED')
    .map(({ models, name }) => `llm ${models.join(' + ')} | ${name}`)
  for (const [line, count] of countsIn(done)) {
    // What was interrupted in its middle runs once more.
    expect(ran.get(line), line).toBeOneOf([count, count + 1])
  }
}

describe.skipIf(!showsProcesses)(`resumed in other ways${where}`, () => {
  test(
    'a run that Ctrl+C has cancelled goes on as one that was killed does',
    { timeout: LONGEST_MS },
    async () => {
      const wanted = await undisturbed(createProject('resume'))
      const project = createProject('resume')
      const running = start(project)
      await begun(project, running)
      await running.until(IN_THE_MIDDLE, WITHIN_MS)
      running.child.kill('SIGINT')
      const cancelled = await running.ended()
      expect(cancelled.code, cancelled.output).not.toBe(0)
      const session = cancelled.session!
      const first = await allEvents(session)
      expect(first.at(-1)).toMatchObject({
        type: 'run_ended',
        status: 'INTERRUPTED',
        recorded_by: 'run',
      })
      expect(resultsOf(session).some((line) => line.endsWith('INTERRUPTED'))).toBe(true)

      const resumed = await run(project, jarvis('resume'))
      expect(resumed.output).toContain('Resuming Test Run: part 2')
      expect(resumed.session!.directory).toBe(session.directory)
      expect(resultsOf(session)).toEqual(wanted)
      const part = lastPart(await allEvents(session))
      const loaded = eventsOf(part, 'service_spawned').map(({ model }) => model)
      expect(loaded).toEqual(['sim://second#load=0.05'])
      expect(eventsOf(part, 'run_ended')).toMatchObject([{ status: 'FAILED', absent: [] }])
      endedOnce(project, session)
      const verified = await run(project, jarvis('verify'))
      expect(verified.code, verified.output).toBe(0)
    },
  )

  test(
    'JARVIS_RESUME alone does what the command does, by a name and for the latest',
    { timeout: LONGEST_MS },
    async () => {
      const wanted = await undisturbed(createProject('resume'))
      for (const named of ['name', 'latest']) {
        const project = createProject('resume')
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const session = await killedRun(project)
        const env = { JARVIS_RESUME: named === 'latest' ? 'latest' : basename(session.directory) }
        // oxlint-disable-next-line no-await-in-loop -- see above
        const resumed = await run(project, { env })
        expect(resumed.code, resumed.output).toBe(1)
        expect(resumed.output).toContain('Resuming Test Run: part 2')
        expect(resultsOf(session), named).toEqual(wanted)
        endedOnce(project, session)
      }
    },
  )

  test(
    'of a shard the same shard goes on: no file of another one runs',
    { timeout: LONGEST_MS },
    async () => {
      for (const shard of ['1/2', '2/2']) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const wanted = await undisturbed(createProject('resume'), { args: [`--shard=${shard}`] })
        const project = createProject('resume')
        const running = start(project, { detached: true, args: [`--shard=${shard}`] })
        // oxlint-disable-next-line no-await-in-loop -- see above
        await begun(project, running)
        // oxlint-disable-next-line no-await-in-loop -- see above
        await running.until(/Scenario .*: PASSED/, WITHIN_MS)
        const { session } = kill(running, join(project.root, 'logs'), 'group')
        // oxlint-disable-next-line no-await-in-loop -- see above
        await running.ended()
        // oxlint-disable-next-line no-await-in-loop -- see above
        await completed(session)
        // oxlint-disable-next-line no-await-in-loop -- see above
        const resumed = await run(project, jarvis('resume', session.directory, `--shard=${shard}`))
        expect(resultsOf(session), `${shard}\n${resumed.output}`).toEqual(wanted)
        endedOnce(project, session)
      }
    },
  )

  test('gates judge the results of all parts', { timeout: LONGEST_MS }, async () => {
    const project = createProject('resume')
    const plan = `name: Gated
settings: { startup_timeout: 30, scenario_timeout: 20 }
gates: { max_failures: 1, min_pass_rate: 0.5 }
execution:
  - { domain: llm, loadouts: ['sim://first#load=0.05', 'sim://second#load=0.05'], scenarios: [odd, plain] }
`
    writeFileSync(join(project.root, 'plans/default.yaml'), plan)
    const session = await killedRun(project)
    // One failed in each part: two in all.
    const resumed = await run(project, jarvis('resume'))
    expect(resumed.code, resumed.output).toBe(1)
    const part = lastPart(await allEvents(session))
    const gates = eventsOf(part, 'gate_checked')
    expect(gates.map(({ gate, status, actual }) => [gate, status, actual])).toEqual([
      ['max_failures', 'broken', 2],
      ['min_pass_rate', 'held', expect.any(Number)],
    ])
    const results = session.results('llm').filter(({ status }) => status !== 'SKIPPED')
    const passed = results.filter(({ status }) => status === 'PASSED')
    expect(gates[1]!.actual).toBeCloseTo(passed.length / results.length, 3)
  })

  test(
    'every command, the page and the workbook say the same of a session that was resumed',
    { timeout: LONGEST_MS },
    async () => {
      const project = createProject('resume')
      const plan = join(project.root, 'plans/default.yaml')
      // What is said of an engine that is not here differs from machine to machine.
      writeFileSync(plan, readFileSync(plan, 'utf8').replace(/, 'vllm[^']*'/, ''))
      const session = await killedRun(project)
      const logs = join(project.root, 'logs')
      await run(project, jarvis('resume'))
      const whole = await completeSession(logs, { start: new Date(2026, 1, 15, 8) })
      const { text, sentence, silent } = await transcriptOf(session.directory, whole)
      expect(sentence).toBe('The run is whole: all 18 results came.')
      // As of any run that is whole: what is asked for is said alone.
      expect(silent).toEqual(['list', 'check', 'export', 'trend', 'report'])
      const said = new Map(text.split('\n$ ').map((part) => [/jarvis (\w+)/.exec(part)![1], part]))
      const results = '14 passed, 2 failed, 2 skipped'
      for (const command of ['list', 'show', 'compare']) {
        expect(said.get(command)).toContain(results)
      }
      expect(said.get('check')).toContain('2 results not passed, at most 100')
      expect(said.get('export')).toContain('18 results of 1 session in results.csv')
      expect(said.get('trend')).toMatch(/^llm sim:\/\/first#load=0\.05 {2}1\.00 × {2}5 /m)
      expect(said.get('trend')).toMatch(/^llm sim:\/\/second#load=0\.05 {2}1\.00 × {2}5 /m)

      const name = basename(session.directory)
      const json = async (...args: string[]): Promise<string> =>
        (await run(project, { ...jarvis(...args), env: { JARVIS_LOGS: logs } })).output
      const counts = { passed: 14, failed: 2, skipped: 2, missing: 0, interrupted: 0 }
      expect(JSON.parse(await json('show', name, '--json'))).toMatchObject({ counts })
      const rows = (await json('export', name, '--format', 'jsonl')).trim().split('\n')
      const exported = rows.map((row) => JSON.parse(row) as { id: string; status: string })
      expect(exported.map(({ id, status }) => `${id} ${status}`).toSorted()).toEqual(
        resultsOf(session),
      )
    },
  )
})
