import { lstatSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { JarvisError } from '../errors.ts'
import { makeFolder } from './make-folder.ts'

/**
 * A folder that only this user can enter, for what belongs to the machine rather than to a session: the
 * run lock and the lease sockets. `$XDG_RUNTIME_DIR/jarvis`, else `jarvis-UID` in the temporary folder.
 *
 * @throws JarvisError SESSION_UNWRITABLE when it cannot be made, or belongs to somebody else
 */
export function privateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const runtime = env['XDG_RUNTIME_DIR']
  const user = process.platform === 'win32' ? userInfo().username : String(process.getuid?.())
  const folder = runtime ? join(runtime, 'jarvis') : join(tmpdir(), `jarvis-${user}`)
  try {
    makeFolder(folder, 0o700)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      const advice = 'set XDG_RUNTIME_DIR to a folder of your own'
      throw new JarvisError('SESSION_UNWRITABLE', `Cannot make ${folder}: ${advice}.`, {
        cause: error,
      })
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
  return folder
}
