import { open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** How coarse the times of files are where they are not whole seconds: the kernel's own tick. */
const TICK_MS = 10
/** Old file systems keep whole seconds, FAT even ones. */
const SECOND_MS = 1_000

/**
 * Seconds by which this machine's clock is ahead of that of the file system of a folder, which is another one where the
 * folder is a server's: the time of a file that is made there and removed again, against the clock before and after. What
 * lies within the time that it took, or within what the file system tells of a time, is no difference: 0. Null where it
 * cannot be told.
 */
export async function clockAhead(
  folder: string,
  clock: () => number = () => Date.now(),
): Promise<number | null> {
  const probe = join(folder, `.jarvis-now-${crypto.randomUUID()}`)
  try {
    const before = clock()
    await writeFile(probe, '.', { flag: 'wx' })
    const after = clock()
    return difference(await timeOf(probe), before, after) / 1_000
  } catch {
    return null
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

/** An open makes a network file system ask its server for the time. */
async function timeOf(path: string): Promise<number> {
  const file = await open(path)
  try {
    return (await file.stat()).mtimeMs
  } finally {
    await file.close()
  }
}

function difference(time: number, before: number, after: number): number {
  const [earliest, latest] = [time, time + grainOf(time)]
  if (before > latest) return Math.round(before - latest)
  return after < earliest ? Math.round(after - earliest) : 0
}

function grainOf(time: number): number {
  if (time % SECOND_MS !== 0) return TICK_MS
  return time % (2 * SECOND_MS) === 0 ? 2 * SECOND_MS : SECOND_MS
}
