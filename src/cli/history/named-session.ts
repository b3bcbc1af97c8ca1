import { realpath } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { JarvisError } from '../../errors.ts'
import { type SessionSummary, SummaryCache } from '../../report/session/index.ts'
import { readBaselines } from '../../session/history/baselines.ts'
import { sessionsByTime } from '../../session/sessions-by-time.ts'
import { SESSION_NAME } from '../../session/directory.ts'
import type { Terminal } from '../command.ts'
import { findSession, logsFolder } from '../find-session.ts'

type Place = Pick<Terminal, 'cwd' | 'env'>

/**
 * The directory of a session by the name of a baseline, its own name, a path, or `latest`; the newest where none is
 * given.
 *
 * @throws JarvisError USAGE where there is none
 */
export async function namedSession(named: string | undefined, place: Place): Promise<string> {
  const logs = logsFolder(place)
  const baseline = named === undefined ? undefined : (await readBaselines(logs)).get(named)
  const found = baseline ? join(logs, baseline.session) : await findSession(named, place)
  return realpath(found).catch(() => {
    const what = `The baseline ${named} is ${baseline?.session}, which is not there any more`
    throw new JarvisError('USAGE', `${what}. Set it again: jarvis baseline set ${named}`)
  })
}

/**
 * The name of a session that lies in the folder of sessions itself: only such a one can be kept from pruning.
 *
 * @throws JarvisError USAGE for one that lies elsewhere
 */
export async function ownSessionName(directory: string, place: Place): Promise<string> {
  const logs = await realpath(logsFolder(place))
  const name = basename(directory)
  if (dirname(directory) === logs && SESSION_NAME.test(name)) return name
  const shown = relative(place.cwd, logs) || logs
  const what = `${directory} is not a session in ${shown}`
  throw new JarvisError('USAGE', `${what}: copy it there under a name such as ${EXAMPLE} first.`)
}

const EXAMPLE = 'RUN_20260216_231205'

/** The newest run of a whole plan before a session that has ended; null where there is none. */
export async function previousPlanRun(directory: string, place: Place): Promise<string | null> {
  const logs = logsFolder(place)
  const name = basename(directory)
  const places = await sessionsByTime(logs)
  const own = places.findIndex((place) => place.name === name)
  const summaries = await SummaryCache.open(logs)
  for (const earlier of places.slice(0, Math.max(0, own)).toReversed()) {
    // oxlint-disable-next-line no-await-in-loop -- the first that fits is taken
    const summary = await summaries.read(earlier.directory).catch(() => null)
    if (summary?.kind === 'plan' && hasEnded(summary)) return earlier.directory
  }
  return null
}

/** Whether a run came to an end of its own, if only by a cancel. */
function hasEnded({ judgement: { verdict } }: SessionSummary): boolean {
  return verdict === 'whole' || verdict === 'cancelled'
}
