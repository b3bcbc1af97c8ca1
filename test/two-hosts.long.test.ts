// @module-tag long
import { statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { BOX_A, BOX_B, type Host, noHosts, silence, startOn } from './support/hosts.ts'
import { eventually } from './support/poll.ts'
import { allProcesses, type ProcessFacts, treeOf } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import type { Ended, Running } from './support/run.ts'
import { latestSession, type SessionFiles } from './support/session-files.ts'

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const UP_WITHIN_MS = 150_000
const TIMEOUT_MS = 240_000
const BEAT_WITHIN_MS = 6_000
const STOPPED_WITHIN_MS = 200

const PLAN = { JARVIS_PLAN: 'plans/machine.yaml' }

interface Live {
  running: Running
  session: SessionFiles
  /** Lets its scenario go on, and gives how it ended. */
  finish(): Promise<Ended>
}

/** A run whose only scenario waits. */
async function liveOn(host: Host, project: Project): Promise<Live> {
  const gate = join(project.root, 'gate')
  const running = startOn(host, project, { env: { ...PLAN, GATE: gate } })
  const session = await eventually(UP_WITHIN_MS, () => {
    const found = latestSession(join(project.root, 'logs'))
    if (!found?.events().some(({ type }) => type === 'scenario_started')) {
      throw new Error(`The scenario has not begun: ${running.output()}`)
    }
    return found
  })
  return {
    running,
    session,
    finish() {
      writeFileSync(gate, '')
      return running.ended()
    },
  }
}

/** Ends the host of a run as a power cut does: its watchdog goes, too. */
async function cutOff({ running }: Live): Promise<void> {
  running.child.kill('SIGKILL')
  await running.ended()
}

const runOn = (host: Host, project: Project): Promise<Ended> =>
  startOn(host, project, { env: PLAN }).ended()

const jarvisOn = (host: Host, project: Project, ...command: string[]): Promise<Ended> =>
  startOn(host, project, { command: [cli, ...command] }).ended()

const isVitest = ({ command }: ProcessFacts): boolean => /^\S*node \S*vitest\.mjs run/.test(command)

const textOf = (session: SessionFiles, name: string): string =>
  statSync(join(session.directory, name)).isFile() ? session.text(name) : ''

const filesOf = (session: SessionFiles): [string, string][] =>
  session.names().map((name) => [name, textOf(session, name)])

const rowOf = ({ output }: Ended, name: string): string =>
  output.split('\n').find((line) => line.includes(name)) ?? output

const lastOf = (session: SessionFiles): object => session.events().at(-1)!

describe.skipIf(noHosts !== null)(
  `two hosts on one logs/${noHosts ? ` (skipped: ${noHosts})` : ''}`,
  () => {
    test(
      'a run on one leaves the live run of the other alone, and so does pruning',
      { timeout: TIMEOUT_MS },
      async () => {
        const project = createProject('slow')
        const a = await liveOn(BOX_A, project)
        const journal = a.session.text('events.jsonl')
        const b = await runOn(BOX_B, project)
        expect(b.code, b.output).toBe(0)
        expect(b.session!.directory).not.toBe(a.session.directory)
        expect(b.output).not.toContain('Completed a run that died')
        const pruned = await jarvisOn(BOX_B, project, 'prune', '--keep', '1', '--yes')
        expect(pruned.output).toMatch(/RUN_\w+ {2}stays: running on box-a\n/)
        expect(a.session.text('events.jsonl').startsWith(journal)).toBe(true)
        const name = basename(a.session.directory)
        const listed = await jarvisOn(BOX_B, project, 'list')
        expect(rowOf(listed, name)).toMatch(/ {2}running on box-a {2}/)
        const shown = await jarvisOn(BOX_B, project, 'show', name)
        expect(shown.output).toMatch(/^The run is running on box-a: 0 of 1 results have come\.$/m)
        const watching = startOn(BOX_B, project, { command: [cli, 'watch', name, '--plain'] })
        await watching.until(`${name} is running on box-a.`)
        const refused = await jarvisOn(BOX_B, project, 'recover', a.session.directory)
        expect([refused.code, refused.output]).toEqual([
          2,
          expect.stringMatching(/^RUN_\w+ is running on box-a: wait for it/),
        ])
        const ended = await a.finish()
        expect(ended.code, ended.output).toBe(0)
        const watched = await watching.ended()
        expect(watched.output).toContain('Finished Test Run: PASSED')
        expect(watched.code).toBe(0)
        expect(lastOf(a.session)).toMatchObject({ status: 'PASSED', recorded_by: 'run' })
        expect(a.session.results('llm').map(({ status }) => status)).toEqual(['PASSED'])
        const [began] = a.session.eventsOf('run_started')
        const state = JSON.parse(a.session.text('state.json')) as { host: unknown }
        expect(began?.host).toMatchObject({ name: 'box-a', boot: BOX_A.boot })
        expect(state.host).toEqual(began?.host)
      },
    )

    test(
      'what died on another host stays as it is until somebody says that it is dead',
      { timeout: TIMEOUT_MS },
      async () => {
        const project = createProject('slow')
        const a = await liveOn(BOX_A, project)
        await cutOff(a)
        silence(a.session.directory, 250)
        const before = filesOf(a.session)
        const b = await runOn(BOX_B, project)
        expect(b.code, b.output).toBe(0)
        const pruned = await jarvisOn(BOX_B, project, 'prune', '--keep', '1', '--yes')
        expect(pruned.output).toMatch(/RUN_\w+ {2}stays: silent for 4 min on box-a\n/)
        expect(filesOf(a.session)).toEqual(before)
        const name = basename(a.session.directory)
        const listed = await jarvisOn(BOX_B, project, 'list')
        expect(rowOf(listed, name)).toMatch(/ {2}silent for 4 min on box-a {2}/)
        const shown = await jarvisOn(BOX_B, project, 'show', name)
        expect(shown.output).toMatch(/^The run is silent for 4 min on box-a.*\.$/m)
        expect(shown.code).toBe(1)
        const watched = await jarvisOn(BOX_B, project, 'watch', name, '--plain')
        expect(watched.output).toContain(
          `The run of ${name} is silent for 4 min on box-a.\nOnce you know that it is dead, jarvis recover ${name} `,
        )
        expect(watched.code).toBe(1)
        expect(filesOf(a.session)).toEqual(before)
        const recovered = await jarvisOn(BOX_B, project, 'recover', a.session.directory)
        expect([recovered.code, recovered.output]).toEqual([
          0,
          expect.stringMatching(/^RUN_\w+ is completed: 1 interrupted\.\n$/),
        ])
        expect(lastOf(a.session)).toMatchObject({ status: 'DIED', recorded_by: 'recovery' })
        expect(a.session.results('llm').map(({ status }) => status)).toEqual(['INTERRUPTED'])
        const again = await jarvisOn(BOX_B, project, 'recover', a.session.directory)
        expect(again.output).toMatch(/^RUN_\w+ had its end already, and is complete/)
      },
    )

    test(
      'a machine that was started again completes what it left, whoever has those process ids now',
      { timeout: TIMEOUT_MS },
      async () => {
        const project = createProject('slow')
        const a = await liveOn(BOX_A, project)
        await cutOff(a)
        const rebooted = { ...BOX_A, boot: 'aaaaaaaa-0000-4000-8000-000000000001' }
        const next = await runOn(rebooted, project)
        expect(next.code, next.output).toBe(0)
        expect(next.output).toContain(`Completed a run that died: ${a.session.directory}`)
        expect(lastOf(a.session)).toMatchObject({ status: 'DIED', recorded_by: 'recovery' })
      },
    )

    test(
      'containers of one machine see by what a run writes whether it lives',
      { timeout: TIMEOUT_MS },
      async () => {
        const project = createProject('slow')
        const other = { ...BOX_A, name: 'container' }
        const a = await liveOn(BOX_A, project)
        const b = await runOn(other, project)
        expect(b.output).not.toContain('Completed a run that died')
        await cutOff(a)
        silence(a.session.directory, 60)
        const next = await runOn(other, project)
        expect(next.output).toContain(`Completed a run that died: ${a.session.directory}`)
        expect(lastOf(a.session)).toMatchObject({ status: 'DIED', recorded_by: 'recovery' })
      },
    )

    test(
      'a run writes every few seconds, whatever keeps it busy',
      { timeout: TIMEOUT_MS },
      async () => {
        const project = createProject('slow')
        const a = await liveOn(BOX_A, project)
        const state = join(a.session.directory, 'state.json')
        const isHeard = (): void => {
          const age = Date.now() - statSync(state).mtimeMs
          if (age > 100_000) throw new Error(`silent for ${age} ms`)
        }
        silence(a.session.directory, 250)
        await eventually(BEAT_WITHIN_MS, isHeard)
        // Its watchdog tells that it lives, and what it had written stays as it was.
        const main = treeOf(a.running.child.pid!, allProcesses()).find(isVitest)!
        process.kill(main.pid, 'SIGSTOP')
        await sleep(STOPPED_WITHIN_MS)
        const text = a.session.text('state.json')
        silence(a.session.directory, 250)
        await eventually(BEAT_WITHIN_MS, isHeard)
        expect(a.session.text('state.json')).toBe(text)
        process.kill(main.pid, 'SIGCONT')
        const ended = await a.finish()
        expect(ended.code, ended.output).toBe(0)
      },
    )
  },
)
