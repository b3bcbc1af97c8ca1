import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BEGINNING, bySessionName, SESSION_NAME } from '../directory.ts'
import { journalName } from '../journal/journal-files.ts'
import { markLives } from '../lock/process-mark.ts'

/** What there may be in the folder of a session before its journal has an event. Anything else, and it stays. */
const FIRST_FILES = /^(?:events\.jsonl|system_info\.yaml|progression\.log)(?:\.tmp)?$/
const ATTACHMENTS = 'attachments'
/** Where nobody can tell whose the folder is, it may be that of a run that is just beginning. */
const AT_REST_MS = 10 * 60_000
const PAUSE_MS = 20
/** More than this is not what a first write left. */
const LONGEST_FIRST_BYTES = 4 * 1024 * 1024
/** So many of the newest folders are looked at. */
const NEWEST = 20

/** Removes what sessions left that never began, of the newest under `logs`. Never rejects. */
export async function removeNeverBegun(logs: string): Promise<void> {
  const names = await readdir(logs).catch(() => [])
  const sessions = names.filter((name) => SESSION_NAME.test(name)).toSorted(bySessionName)
  await Promise.all(sessions.slice(-NEWEST).map((name) => removeUnbegun(join(logs, name))))
}

/**
 * Removes the folder of a session that never began: no event is in its journal, and whoever made it is gone, which is
 * waited for. What is empty was made by somebody who makes it again. Returns whether it is gone. Never rejects.
 */
export async function removeUnbegun(directory: string, patienceMs = 0): Promise<boolean> {
  if (!SESSION_NAME.test(basename(directory))) return false
  const deadline = performance.now() + patienceMs
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- see the pause
      const names = await readdir(directory)
      const lives = marksIn(names).map((name) => markLives(name.slice(BEGINNING.length)))
      if (lives.includes(true)) {
        if (performance.now() > deadline) return false
        // oxlint-disable-next-line no-await-in-loop -- a process that was just killed may take a moment to be gone
        await sleep(PAUSE_MS)
        continue
      }
      const isNobodys = names.length === 0 || (lives.length > 0 && !lives.includes(null))
      // oxlint-disable-next-line no-await-in-loop -- the last round
      if (!isNobodys && !(await isForgotten(directory, names))) return false
      // oxlint-disable-next-line no-await-in-loop -- see above
      return await remove(directory, names)
    }
  } catch {
    return false
  }
}

/** Nobody can tell whose it is; older versions did not say it. */
async function isForgotten(directory: string, names: readonly string[]): Promise<boolean> {
  const isBare = names.every((name) => name === ATTACHMENTS)
  if (marksIn(names).length === 0 && !isBare) return false
  return Date.now() - (await stat(directory)).mtimeMs > AT_REST_MS
}

/** Marks come last: without them nobody could tell that the rest is nobody's. No folder goes with something in it. */
async function remove(directory: string, names: readonly string[]): Promise<boolean> {
  const marks = marksIn(names)
  const rest = names.filter((name) => !marks.includes(name) && name !== ATTACHMENTS)
  if (!rest.every((name) => FIRST_FILES.test(name)) || (await hasLine(directory))) return false
  if (names.includes(ATTACHMENTS)) await rmdir(join(directory, ATTACHMENTS))
  for (const group of [rest, marks]) {
    // oxlint-disable-next-line no-await-in-loop -- one group after the other
    await Promise.all(group.map((name) => rm(join(directory, name), { force: true })))
  }
  await rmdir(directory)
  return true
}

function marksIn(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(BEGINNING))
}

/** A line that was cut short is no event; one that is whole and damaged may be all that is left of many. */
async function hasLine(directory: string): Promise<boolean> {
  const path = join(directory, journalName(1))
  const facts = await stat(path).catch(() => null)
  if (facts === null) return false
  return facts.size > LONGEST_FIRST_BYTES || (await readFile(path)).includes('\n')
}
