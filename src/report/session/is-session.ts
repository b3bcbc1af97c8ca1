import { readdir } from 'node:fs/promises'
import { domainsOf } from './domains.ts'

/** Any of these makes a directory a session, and so do results of a domain. */
const SIGNS: ReadonlySet<string> = new Set(['events.jsonl', 'state.json', 'system_info.yaml'])

/** Whether a directory holds anything of a session. */
export async function isSession(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => [])
  return names.some((name) => SIGNS.has(name)) || domainsOf(directory, names).length > 0
}
