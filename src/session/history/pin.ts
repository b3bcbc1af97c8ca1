import { statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../../host/durable-file.ts'
import { localIso } from '../../host/local-time.ts'

/** A session with this file stays. */
const FILE = 'pinned'

/** Keeps a session from being pruned. */
export async function pinSession(directory: string, now: Date = new Date()): Promise<void> {
  await replaceFile(join(directory, FILE), `${localIso(now)}\n`)
}

/** Lets a session be pruned again. */
export async function unpinSession(directory: string): Promise<void> {
  await rm(join(directory, FILE), { force: true })
}

/** Whether a session is pinned. */
export function isPinned(directory: string): boolean {
  try {
    return statSync(join(directory, FILE), { throwIfNoEntry: false }) !== undefined
  } catch {
    // Nobody can tell, so that it stays.
    return true
  }
}
