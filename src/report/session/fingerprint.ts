import { readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { domainOfFile } from './domains.ts'

/** What is said of a session is made of these, of the other files of its journal, and of the results of its domains. */
const SOURCES = ['events.jsonl', 'state.json', 'system_info.yaml']
const LATER_JOURNAL = /^events\.\d+\.jsonl$/

/**
 * Size, times and inode of the files that a session is read from: where they are the same, so is what these say. One by
 * one: a folder has thousands of such files, and each look takes less than to ask for it in another thread.
 */
export function fingerprint(directory: string): string {
  const results = namesIn(directory)
    .filter((name) => domainOfFile(name) !== null || LATER_JOURNAL.test(name))
    .toSorted()
  const facts = SOURCES.map((name) => factsText(join(directory, name)))
  return [...facts, ...results.map((name) => `${name}:${factsText(join(directory, name))}`)].join(
    ' ',
  )
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
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
