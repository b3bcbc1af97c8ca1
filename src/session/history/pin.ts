import { access, rm } from 'node:fs/promises'
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
export async function isPinned(directory: string): Promise<boolean> {
  return access(join(directory, FILE)).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT',
  )
}
