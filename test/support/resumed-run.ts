import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalEntry } from '../../src/events/index.ts'
import { readJournal } from '../../src/session/index.ts'
import type { Project } from './project.ts'
import type { SessionFiles } from './session-files.ts'

const repository = new URL('../..', import.meta.url).pathname

/** What to give to Node for a command of jarvis. */
export function jarvis(...args: string[]): { command: string[] } {
  return { command: [join(repository, 'dist/cli/main.js'), ...args] }
}

/** All events of a session, of each of its parts. */
export async function allEvents({ directory }: SessionFiles): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = []
  for await (const entry of readJournal(directory)) entries.push(entry)
  return entries
}

/** `ID STATUS` of each result in the files of a session, sorted. */
export function resultsOf(session: SessionFiles): string[] {
  const domains = session.names().filter((name) => /^(?:llm|vlm|stt|tts|sts)\.json$/.test(name))
  return domains
    .flatMap((name) => session.results(name.replace('.json', '')))
    .map(({ id, status }) => `${id} ${status}`)
    .toSorted()
}

/** What scenarios of the fixture `resume` have written down as they ran, one line each. */
export function ranIn({ root }: Project): string[] {
  const path = join(root, 'ran.log')
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}

/** How often each line is there. */
export function countsIn(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

/** How often each scenario of a session has a final result, as the fixture's scenarios write down that they run. */
export function finalIn(session: SessionFiles): Map<string, number> {
  const domains = session.names().filter((name) => /^(?:llm|tts)\.json$/.test(name))
  const ran = domains
    .flatMap((name) => session.results(name.replace('.json', '')))
    .filter(({ status }) => status === 'PASSED' || status === 'FAILED')
  return countsIn(
    ran.map(({ domain, models, name }) => `${domain} ${models.join(' + ')} | ${name}`),
  )
}

/** The journal's events from its last part on. */
export function lastPart(entries: readonly JournalEntry[]): JournalEntry[] {
  return entries.slice(entries.findLastIndex(({ type }) => type === 'run_resumed'))
}

type Of<Type extends JournalEntry['type']> = Extract<JournalEntry, { type: Type }>

export function eventsOf<Type extends JournalEntry['type']>(
  entries: readonly JournalEntry[],
  type: Type,
): Of<Type>[] {
  return entries.filter((entry): entry is Of<Type> => entry.type === type)
}
