import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { JarvisError } from '../errors.ts'
import { fromHome } from '../host/home-folder.ts'
import { isSession } from '../report/session/index.ts'
import { directoryOf } from '../session/journal/journal-files.ts'
import { incompleteSessions } from '../session/recovery/dead-sessions.ts'
import { removeNeverBegun } from '../session/recovery/never-begun.ts'
import { sessionsByTime } from '../session/sessions-by-time.ts'
import { readState } from '../session/projections/state-file.ts'
import type { Terminal } from './command.ts'

/** The newest run of a whole plan, as the link of that name in the folder of sessions. */
const LATEST = 'latest'

type Place = Pick<Terminal, 'cwd' | 'env'>

/** The folder of sessions, absolute. */
export function logsFolder({ cwd, env }: Place): string {
  return resolve(cwd, fromHome(env['JARVIS_LOGS'] || 'logs', env))
}

/**
 * Completes what runs left that died together with their watchdogs, on this host: whoever asks for sessions finds them
 * as they would have been. What cannot be written is read as far as it goes.
 */
export async function completeDead(logs: string): Promise<void> {
  await removeNeverBegun(logs)
  const left = await incompleteSessions(logs).catch(() => [])
  if (left.length === 0) return
  // All that writes a session is loaded where there is something to write.
  const { recoverDeadSessions } = await import('../session/index.ts')
  await recoverDeadSessions(logs).catch(() => [])
}

/**
 * The directory of a session, given its name in the folder of sessions or a path, also one of a file in it; the
 * newest where none is given, the newest run of a whole plan for `latest`. A directory that holds nothing but
 * results is a session too, unless its journal is needed. What runs left that died is completed first, where `completes`.
 *
 * @throws JarvisError USAGE where there is none
 */
export async function findSession(
  named: string | undefined,
  place: Place,
  { withJournal = false, completes = true } = {},
): Promise<string> {
  const logs = logsFolder(place)
  if (completes) await completeDead(logs)
  const found = await sessionDirectory(named, place, withJournal)
  // One that lies elsewhere, a copy or another project's.
  if (completes && dirname(found) !== logs) await completeDead(dirname(found))
  return found
}

async function sessionDirectory(
  named: string | undefined,
  place: Place,
  withJournal: boolean,
): Promise<string> {
  const logs = logsFolder(place)
  const shown = relative(place.cwd, logs) || logs
  if (named === undefined || named === LATEST) {
    const found = await newest(logs, named === LATEST)
    if (found !== null) return found
    const what = named === LATEST ? 'no run of a whole plan' : 'no session'
    throw new JarvisError(
      'USAGE',
      `There is ${what} in ${shown}. Start a run (jarvis run), or name a session.`,
    )
  }
  const paths = [join(logs, named), resolve(place.cwd, named)].map((path) => directoryOf(path))
  for (const path of paths) {
    const journal = existsSync(join(path, 'events.jsonl'))
    // oxlint-disable-next-line no-await-in-loop -- the first that fits is taken
    if (journal || (!withJournal && (await isSession(path)))) return path
  }
  const empty = paths.find((path) => existsSync(path))
  if (empty !== undefined) {
    const lacks = withJournal ? 'has no events.jsonl' : 'holds nothing of a session'
    throw new JarvisError('USAGE', `${named} ${lacks}. See: jarvis list`)
  }
  throw new JarvisError(
    'USAGE',
    `There is no session ${named} in ${shown}, and no path of that name. See: jarvis list`,
  )
}

async function newest(logs: string, ofWholePlan: boolean): Promise<string | null> {
  for (const { directory } of (await sessionsByTime(logs)).toReversed()) {
    if (!ofWholePlan) return directory
    // oxlint-disable-next-line no-await-in-loop -- the first that fits is taken
    const state = await readState(directory).catch(() => null)
    if (state?.kind === 'plan') return directory
  }
  return null
}
