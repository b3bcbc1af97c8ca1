import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalEntry, ScenarioResult } from '../../src/events/index.ts'

/** A session directory, read as a user's script would. */
export interface SessionFiles {
  directory: string
  names(): string[]
  text(name: string): string
  results(domain: string): ScenarioResult[]
  events(): JournalEntry[]
}

/** The newest session under a logs folder; null when there is none. */
export function latestSession(logs: string): SessionFiles | null {
  const name = sessionNames(logs).at(-1)
  return name === undefined ? null : sessionFiles(join(logs, name))
}

/** Names of all sessions, oldest first. */
export function sessionNames(logs: string): string[] {
  if (!existsSync(logs)) return []
  const names = readdirSync(logs).filter((name) => name.startsWith('RUN_'))
  return names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

export function sessionFiles(directory: string): SessionFiles {
  const text = (name: string): string => readFileSync(join(directory, name), 'utf8')
  return {
    directory,
    text,
    names: () => readdirSync(directory).toSorted(),
    results: (domain) => JSON.parse(text(`${domain}.json`)) as ScenarioResult[],
    events: () =>
      text('events.jsonl')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as JournalEntry),
  }
}
