import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { JarvisError } from '../errors.ts'
import { bySessionName, SESSION_NAME } from '../session/directory.ts'
import type { Terminal } from './command.ts'

/**
 * The directory of a session, given its name in the folder of sessions or a path; the newest where none is given.
 *
 * @throws JarvisError USAGE where there is none
 */
export async function findSession(
  named: string | undefined,
  { cwd, env }: Pick<Terminal, 'cwd' | 'env'>,
): Promise<string> {
  const logs = resolve(cwd, env['JARVIS_LOGS'] || 'logs')
  const shown = relative(cwd, logs) || logs
  if (named === undefined) {
    const names = await readdir(logs).catch(() => [])
    const newest = names
      .filter((name) => SESSION_NAME.test(name))
      .toSorted(bySessionName)
      .at(-1)
    if (newest !== undefined) return join(logs, newest)
    throw new JarvisError(
      'USAGE',
      `There is no session in ${shown}. Start a run, or name a session.`,
    )
  }
  const found = [join(logs, named), resolve(cwd, named)].find((path) =>
    existsSync(join(path, 'events.jsonl')),
  )
  if (found !== undefined) return found
  throw new JarvisError(
    'USAGE',
    `There is no session ${named} in ${shown}, and no path of that name.`,
  )
}
