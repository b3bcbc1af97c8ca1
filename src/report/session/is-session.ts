import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { DOMAINS, domainFileName } from './domains.ts'

/** The files of which at least one makes a directory a session. */
const SIGNS = ['events.jsonl', 'state.json', 'system_info.yaml', ...DOMAINS.map(domainFileName)]

/** Whether a directory holds anything of a session. */
export async function isSession(directory: string): Promise<boolean> {
  const found = SIGNS.map((name) => access(join(directory, name)))
  return Promise.any(found).then(
    () => true,
    () => false,
  )
}
