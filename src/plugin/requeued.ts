import { basename } from 'node:path'
import { JarvisError } from '../errors.ts'
import type { Part } from '../split/part.ts'
import { schedulersRun } from '../split/part-number.ts'
import { earlierAttempt, type NamedPart, twinOf } from './earlier-attempt.ts'
import type { RuntimeInput } from './input.ts'
import { planResumption, type Resumption } from './resume.ts'

/** What becomes of a task that is not the first attempt of its part. */
export interface Requeued {
  /** The session with which it goes on; null: it begins anew. */
  resumption: Resumption | null
  /** What is to be said of it; null: nothing. */
  says: { level: 'INFO' | 'WARN'; message: string } | null
}

/**
 * What a task of a scheduler goes on with: the session of an earlier attempt of its part, by the split, the number of the
 * part and what the scheduler calls the run. One that cannot go on as it is, because something has changed since, is none.
 *
 * @throws JarvisError RUN_LOCKED where an earlier attempt still goes on
 */
export async function requeued(
  part: NamedPart,
  { options, plan, projects }: RuntimeInput,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Requeued> {
  const { logs, root } = options
  const earlier = await earlierAttempt(logs, part)
  // A person who sends a part again that had run to its end wants it to run again.
  if (earlier === null || (earlier.isWhole && !isSentByItself(env))) {
    return { resumption: null, says: null }
  }
  const { directory } = earlier
  const name = basename(directory)
  try {
    const wish = { directory, failed: false, force: false, evenOfAnotherHost: true }
    const resumption = await planResumption(wish, { plan, projects, root })
    const message = `This goes on with ${name}, an earlier attempt of this part`
    return { resumption, says: { level: 'INFO', message } }
  } catch (error) {
    if (!(error instanceof JarvisError) || error.code !== 'USAGE') throw error
    const message = `All of this part runs again, as its earlier attempt cannot go on. ${error.message}`
    return { resumption: null, says: { level: 'WARN', message } }
  }
}

/** The part with the id of its run; null where it has none, or nobody is to look for earlier attempts (JARVIS_REQUEUE). */
export function namedPart(
  part: Part | null,
  env: NodeJS.ProcessEnv = process.env,
): NamedPart | null {
  const run = schedulersRun(env)
  if (part === null || run === null) return null
  const stated = env['JARVIS_REQUEUE']
  if (stated === 'off') return null
  if (stated && stated !== 'on') {
    const what = `Expected JARVIS_REQUEUE to be on or off, got ${JSON.stringify(stated)}`
    throw new JarvisError('USAGE', `${what}.`)
  }
  const { index, count, digest } = part
  return { index, count, digest, run }
}

/** The exit code of what could not run: Slurm and Kubernetes may then try again. */
const COULD_NOT_RUN = 2
/** Two that begin at the same time may both see nobody at first. */
const LOOKS_AFTER_MS = [1_000, 5_000, 15_000]

/** Looks whether the same part goes on elsewhere, where it began before. Then this run is to end. */
export function watchForTwin(
  part: NamedPart,
  { logs, directory }: { logs: string; directory: string },
  onTwin: (why: string) => void,
): void {
  let isTold = false
  const look = async (): Promise<void> => {
    const why = await twinOf(logs, part, directory).catch(() => null)
    if (why === null || isTold) return
    isTold = true
    process.once('exit', () => {
      process.exitCode = COULD_NOT_RUN
    })
    onTwin(why)
  }
  for (const delay of LOOKS_AFTER_MS) setTimeout(() => void look(), delay).unref()
}

/** Whether nobody but the scheduler has begun this attempt. */
function isSentByItself(env: NodeJS.ProcessEnv): boolean {
  return Number(env['SLURM_RESTART_COUNT']) > 0 || Boolean(env['JOB_COMPLETION_INDEX'])
}
