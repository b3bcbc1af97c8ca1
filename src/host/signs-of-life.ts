import { closeSync, constants, fstatSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'

/** A pipe in place of the file would hold up whoever opens it. Windows has neither. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** How often whoever holds something on a disk writes to a file of it, so that others can see that it lives. */
export const BEAT_MS = 4_000
/** From then on it counts as dead; a run that is busy, or a disk, may be late. */
export const SILENT_AFTER_S = 30

/**
 * Gives a file a new time without changing it: its first byte is written again. Times that a program states itself
 * would be those of its own clock.
 */
export async function beat(path: string): Promise<void> {
  const file = await open(path, 'r+').catch(() => null)
  if (file === null) return
  try {
    const first = Buffer.alloc(1)
    const { bytesRead } = await file.read(first, 0, 1, 0)
    if (bytesRead === 1) await file.write(first, 0, 1, 0)
  } catch {
    // A beat that is missed is followed by the next one.
  } finally {
    await file.close().catch(() => {})
  }
}

/**
 * Seconds since the newest of some files was written, by the clock of their file system: against a file that is made
 * in `folder`, which lies on the same, and removed again. Null where that cannot be told.
 */
export function silenceOf(paths: readonly string[], folder: string): number | null {
  const times = paths.map((path) => timeOf(path)).filter((time) => time !== null)
  if (times.length === 0) return null
  const now = timeIn(folder)
  return now === null ? null : Math.max(0, now - Math.max(...times)) / 1_000
}

function timeIn(folder: string): number | null {
  const probe = join(folder, `.jarvis-now-${crypto.randomUUID()}`)
  try {
    writeFileSync(probe, '.', { flag: 'wx' })
    return timeOf(probe)
  } catch {
    return null
  } finally {
    rmSync(probe, { force: true })
  }
}

/** An open makes a network file system ask its server for the time; a mere look may get one of a minute ago. */
function timeOf(path: string): number | null {
  try {
    const file = openSync(path, READ_ONLY)
    try {
      return fstatSync(file).mtimeMs
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}
