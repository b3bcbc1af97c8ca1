import { chmodSync, existsSync, lstatSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { JarvisError, messageOf } from '../errors.ts'
import { makeFolder } from './make-folder.ts'

/** What those who are not its owner may do with a folder. */
const OTHERS = 0o077

/**
 * A folder that only this user can enter, for what belongs to the machine rather than to a session: the
 * run lock. `$XDG_RUNTIME_DIR/jarvis`, else, and where a log-out has taken that away, the lasting one.
 *
 * @throws JarvisError SESSION_UNWRITABLE when it cannot be made, or belongs to somebody else
 */
export function privateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const runtime = env['XDG_RUNTIME_DIR']
  if (!runtime) return lastingFolder()
  try {
    return ownFolder(join(runtime, 'jarvis'))
  } catch (error) {
    // What was started before the log-out goes on, and may start a run.
    if (existsSync(runtime)) throw error
    return lastingFolder()
  }
}

/**
 * As {@link privateFolder}, in a place that outlives a log-out: `jarvis-UID` in the temporary folder.
 *
 * @throws JarvisError SESSION_UNWRITABLE when it cannot be made, or belongs to somebody else
 */
export function lastingFolder(): string {
  return ownFolder(lastingPath())
}

/** Where {@link privateFolder} is to be, whether or not it has been made. */
export function privateFolderPath(env: NodeJS.ProcessEnv = process.env): string {
  const runtime = env['XDG_RUNTIME_DIR']
  return runtime ? join(runtime, 'jarvis') : lastingPath()
}

/** What the system knows this user by: the number, or the name where there are none. */
export function userKey(): string {
  return process.getuid === undefined ? userInfo().username : String(process.getuid())
}

function lastingPath(): string {
  return join(tmpdir(), `jarvis-${userKey()}`)
}

function ownFolder(folder: string): string {
  try {
    makeFolder(folder, 0o700)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      const advice = 'set XDG_RUNTIME_DIR to a folder of your own'
      const message = `Cannot make ${folder} (${messageOf(error)}): ${advice}.`
      throw new JarvisError('SESSION_UNWRITABLE', message, { cause: error })
    }
  }
  const stat = lstatSync(folder)
  const foreign = process.getuid !== undefined && stat.uid !== process.getuid()
  if (foreign || !stat.isDirectory()) {
    throw new JarvisError(
      'SESSION_UNWRITABLE',
      `${folder} is not a folder of yours: remove it, or set XDG_RUNTIME_DIR.`,
    )
  }
  if (process.getuid !== undefined && (stat.mode & OTHERS) !== 0) chmodSync(folder, 0o700)
  return folder
}
