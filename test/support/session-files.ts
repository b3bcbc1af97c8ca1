import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning } from '../../src/host/process-identity.ts'
import type { JournalEntry, ScenarioResult } from '../../src/events/index.ts'

/** A session directory, read as a user's script would. */
export interface SessionFiles {
  directory: string
  names(): string[]
  text(name: string): string
  results(domain: string): ScenarioResult[]
  events(): JournalEntry[]
  eventsOf<Type extends JournalEntry['type']>(type: Type): Extract<JournalEntry, { type: Type }>[]
  /** Pids of services of this session that still run. */
  servicesLeft(): number[]
}

/** The newest session under a logs folder; null when there is none. */
export function latestSession(logs: string): SessionFiles | null {
  const name = sessionNames(logs).at(-1)
  return name === undefined ? null : sessionFiles(join(logs, name))
}

/** Names of all sessions, oldest first. */
export function sessionNames(logs: string): string[] {
  if (!statSync(logs, { throwIfNoEntry: false })?.isDirectory()) return []
  const names = readdirSync(logs).filter((name) => name.startsWith('RUN_'))
  return names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

export function sessionFiles(directory: string): SessionFiles {
  const text = (name: string): string => readFileSync(join(directory, name), 'utf8')
  const events = (): JournalEntry[] =>
    text('events.jsonl')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JournalEntry)
  const eventsOf: SessionFiles['eventsOf'] = (type) =>
    events().filter(
      (event): event is Extract<JournalEntry, { type: typeof type }> => event.type === type,
    )
  return {
    directory,
    text,
    names: () => readdirSync(directory).toSorted(),
    results: (domain) => JSON.parse(text(`${domain}.json`)) as ScenarioResult[],
    events,
    eventsOf,
    servicesLeft: () =>
      eventsOf('service_spawned')
        .filter(({ pid, process_start }) => isRunning({ pid, start: process_start }))
        .map(({ pid }) => pid),
  }
}
