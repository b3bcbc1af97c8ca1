import { join } from 'node:path'
import { expect } from 'vitest'
import type { JournalEntry, ScenarioResult } from '../../src/events/index.ts'
import { eventually } from './poll.ts'
import { allProcesses, leftOf, type ProcessFacts, treeOf } from './processes.ts'
import type { Project } from './project.ts'
import type { Running } from './run.ts'
import { latestSession, type SessionFiles } from './session-files.ts'

/** What a kill ends: the main process alone, or its whole process group. */
type Victim = 'process' | 'group'

/** What a run looked like in the moment before it was killed. */
export interface LastSight {
  session: SessionFiles
  /** `NAME: STATUS` of every scenario that `progression.log` told of. */
  told: string[]
  processes: ProcessFacts[]
}

/** On a machine that has time for it the results are complete within 2 s, and no process is left 2 s after its grace. */
const WITHIN_MS = 150_000
const DOMAINS = ['llm', 'vlm', 'stt', 'tts', 'sts']

/** Waits until the session of a run has its journal. */
export async function begun(project: Project, running: Running, logs = 'logs'): Promise<void> {
  await eventually(WITHIN_MS, () => {
    const journal = latestSession(join(project.root, logs))?.text('events.jsonl') ?? ''
    if (journal === '') throw new Error(`No session began. The run printed:\n${running.output()}`)
  })
}

/** Kills a run and says what it looked like just before. */
export function kill(running: Running, logs: string, victim: Victim = 'process'): LastSight {
  const pid = running.child.pid!
  const processes = treeOf(pid, allProcesses())
  const session = latestSession(logs)!
  // The log first: what it tells by now has to be there afterwards, whatever came in between.
  const told = toldIn(session)
  process.kill(victim === 'group' ? -pid : pid, 'SIGKILL')
  return { session, told, processes }
}

/** The results: all that was told, and INTERRUPTED what had begun; then how it ended. */
export async function expectComplete(
  { session, told }: LastSight,
  recordedBy: 'watchdog' | 'recovery',
): Promise<void> {
  const journal = await eventually(WITHIN_MS, () => {
    const entries = session.events()
    expect(entries.at(-1)).toMatchObject({
      type: 'run_ended',
      status: 'DIED',
      recorded_by: recordedBy,
    })
    expect(domainsOf(session).flatMap((domain) => session.results(domain))).toEqual(
      resultsIn(entries),
    )
    expect(session.text('state.json')).toContain('"status": "died"')
    return entries
  })
  const results = resultsIn(journal)
  const present = results.map(({ name, status }) => `${name}: ${status}`)
  for (const line of told) {
    const index = present.indexOf(line)
    expect(index, `${line} was told and is lost`).not.toBe(-1)
    present.splice(index, 1)
  }
  expect(results.filter(({ status }) => status === 'INTERRUPTED').map(({ id }) => id)).toEqual(
    runningAtTheEnd(journal),
  )
  expect(toldIn(session)).toEqual(results.map(({ name, status }) => `${name}: ${status}`))
  expect(session.text('progression.log')).toMatch(/Finished Test Run: DIED \(.*\n$/)
}

/** No process of the run lives any more: services and their children, workers, the watchdog. */
export async function expectNothingLeft(project: Project, before: LastSight): Promise<void> {
  const spawned = before.session.events().filter((entry) => entry.type === 'service_spawned')
  const services = spawned.map(({ pid, process_start }) => ({ pid, start: process_start }))
  await eventually(WITHIN_MS, () => {
    expect(leftOf(project.root, [...before.processes, ...services])).toEqual([])
  })
}

/** The domains that a session has results of. */
function domainsOf(session: SessionFiles): string[] {
  const names = new Set(session.names())
  return DOMAINS.filter((domain) => names.has(`${domain}.json`))
}

/** The journal is there first: a run may be killed before it has told anything. */
function toldIn(session: SessionFiles): string[] {
  if (!session.names().includes('progression.log')) return []
  const lines = session.text('progression.log').matchAll(/\] Scenario (.+: [A-Z]+)(?: \(.*)?$/gm)
  return [...lines].map(([, line]) => line!)
}

/** By domain, in the order of the journal. */
function resultsIn(entries: readonly JournalEntry[]): ScenarioResult[] {
  const results = entries.flatMap((entry) =>
    entry.type === 'scenario_ended' ? [entry.result] : [],
  )
  return DOMAINS.flatMap((domain) => results.filter((result) => result.domain === domain))
}

/** Scenarios that had begun and whose end is the one that was recorded for the dead run, just before its end. */
function runningAtTheEnd(entries: readonly JournalEntry[]): string[] {
  const running = new Set<string>()
  for (const entry of entries) {
    if (entry.type === 'scenario_started') running.add(entry.id)
    if (entry.type !== 'scenario_ended') continue
    if (entry.result.status === 'INTERRUPTED') continue
    running.delete(entry.result.id)
  }
  return [...running]
}
