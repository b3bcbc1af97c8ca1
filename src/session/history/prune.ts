import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../../errors.ts'
import { type PrunePlan, REMOVED_PREFIX, type Surplus, whyProtected } from './prune-plan.ts'

/** What pruning did. */
export interface Pruned {
  removed: Surplus[]
  /** Sessions that stay, with the reason. */
  left: { name: string; why: string }[]
}

/** How often and after how long the removal of a file that another program holds is tried again. */
const RETRIES = 3
const RETRY_DELAY_MS = 100

/**
 * Removes the sessions that a plan names. Each is renamed first, so that a session is there whole or not at all also
 * when the machine dies half way; what could not be removed then goes with the next pruning.
 */
export async function prune({ remove, remains }: PrunePlan): Promise<Pruned> {
  const pruned: Pruned = { removed: [], left: [] }
  const doomed = [...remains]
  for (const session of remove) {
    const { name, directory } = session
    const logs = dirname(directory)
    // oxlint-disable-next-line no-await-in-loop -- since the plan was made somebody may have begun to use it
    const why = await whyProtected(logs, name)
    const to = join(logs, `${REMOVED_PREFIX}${name}`)
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as each may fail
    const failure = why ?? (await renamed(directory, to))
    if (failure === null) {
      pruned.removed.push(session)
      doomed.push(to)
    } else pruned.left.push({ name, why: failure })
  }
  for (const directory of new Set(doomed)) {
    // oxlint-disable-next-line no-await-in-loop -- large, and one disk
    await rm(directory, {
      recursive: true,
      force: true,
      maxRetries: RETRIES,
      retryDelay: RETRY_DELAY_MS,
    }).catch(() => {})
  }
  return pruned
}

/** What went wrong, in words. */
async function renamed(from: string, to: string): Promise<string | null> {
  try {
    await rename(from, to)
    return null
  } catch (error) {
    return whyNotRenamed(error)
  }
}

/** Windows alone minds that somebody has a file open. */
export function whyNotRenamed(
  error: unknown,
  platform: NodeJS.Platform = process.platform,
): string {
  const { code } = error as NodeJS.ErrnoException
  const held = platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(String(code))
  return held ? 'another program holds a file of it open' : messageOf(error)
}

const BYTES_PER_MB = 1024 * 1024

/** Bytes as a person reads them, in MB. */
export function megabytes(bytes: number): string {
  const value = bytes / BYTES_PER_MB
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} MB`
}

/** What was removed, in words. */
export function prunedSentence({ removed }: Pruned): string {
  const bytes = removed.reduce((sum, session) => sum + session.bytes, 0)
  const count = removed.length === 1 ? '1 session' : `${removed.length} sessions`
  return `removed ${count}, ${megabytes(bytes)}: ${removed.map(({ name }) => name).join(', ')}`
}
