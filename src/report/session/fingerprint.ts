import { type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { DOMAINS, domainFileName } from './domains.ts'

/** What is said of a session is made of these; journals beyond the second are rarer than disks that fail twice. */
const SOURCES = [
  'events.jsonl',
  'events.2.jsonl',
  'events.3.jsonl',
  'state.json',
  'system_info.yaml',
  ...DOMAINS.map(domainFileName),
]

/**
 * Size, times and inode of the files that a session is read from: where they are the same, so is what these say. One by
 * one: a folder has thousands of such files, and each look takes less than to ask for it in another thread.
 */
export function fingerprint(directory: string): string {
  return SOURCES.map((name) => factsText(join(directory, name))).join(' ')
}

function factsText(path: string): string {
  const facts = factsOf(path)
  return facts === undefined ? '' : `${facts.size}.${facts.mtimeMs}.${facts.ctimeMs}.${facts.ino}`
}

function factsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
