import { performance, sleep } from './real-time.ts'

/** A run finds a session that was moved within two seconds. */
const PATIENCE_MS = 3_000
const PAUSE_MS = 100

/**
 * Does something in the folder of a session that goes on. While the folder is not there, as somebody has moved it, it is
 * tried again until the run has made the old path lead to the new one.
 */
export async function whileMoved<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- tried again only after it failed
      return await work()
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!isGone || performance.now() > deadline) throw error
      // oxlint-disable-next-line no-await-in-loop -- see above
      await sleep(PAUSE_MS)
    }
  }
}
