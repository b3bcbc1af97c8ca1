import { JarvisError } from '../errors.ts'
import { statedSeconds } from '../plan/duration.ts'
import { partsOver, type Waiting } from '../session/parts/parts-over.ts'
import { say } from './command.ts'

/**
 * Waits for the parts of a run in a folder of sessions, where no scheduler begins a job after another one.
 *
 * @throws JarvisError USAGE where it is not said for which run, in which folder, or for how long
 */
export async function waitForParts(
  folders: readonly string[],
  run: string | undefined,
  stated: string,
): Promise<void> {
  const limit = statedSeconds(stated)
  if (limit === null) {
    const got = JSON.stringify(stated)
    throw new JarvisError('USAGE', `Expected --wait to be a time such as 30m or 10h, got ${got}.`)
  }
  const [logs, ...more] = folders
  if (run === undefined || logs === undefined || more.length > 0) {
    const what = 'Expected --run and one folder of sessions with --wait'
    throw new JarvisError('USAGE', `${what}: it waits for the parts of one run.`)
  }
  const { count, over } = await partsOver(logs, run, {
    limit,
    onWait: (waiting) => say(`Waiting for the parts of ${run}: ${standing(waiting)}.`),
  })
  if (over.length !== count) say(`The time is up: ${standing({ count, over })}.`)
}

function standing({ count, over }: Waiting): string {
  if (count === null) return 'none has begun'
  return `${over.length} of ${count} are over${over.length > 0 ? ` (${over.join(', ')})` : ''}`
}
