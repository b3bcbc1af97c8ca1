import { setTimeout as sleep } from 'node:timers/promises'
import { lifeWatcher } from '../../host/life-watcher.ts'
import type { ProcessIdentity } from '../../host/process-identity.ts'
import type { Exit } from './service-error.ts'

/** How often it is looked whether a process that this one has not started still runs. */
const LOOK_MS = process.platform === 'linux' ? 250 : 1_000

/** Resolves when a process that is no child of this one is gone; how it ended nobody tells. */
export async function goneOf(identity: ProcessIdentity): Promise<Exit> {
  const lives = lifeWatcher(identity)
  while (lives()) {
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await sleep(LOOK_MS, undefined, { ref: false })
  }
  return { code: null, signal: null }
}
