import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 10

/**
 * Looks again and again until `look` no longer throws, and gives what it gave. After `limitMs` its last
 * error is thrown.
 */
export async function eventually<Value>(
  limitMs: number,
  look: () => Value,
  pauseMs: number = PAUSE_MS,
): Promise<Value> {
  const deadline = performance.now() + limitMs
  for (;;) {
    try {
      return look()
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await sleep(pauseMs)
  }
}
