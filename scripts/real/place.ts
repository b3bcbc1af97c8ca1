import { join, resolve } from 'node:path'
import { fromHome, homeFolder } from '../../src/host/home-folder.ts'

/** The folder of the real stack, outside the repository: `JARVIS_REAL`, else `jarvis-real` in the cache folder. */
export function realFolder(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['JARVIS_REAL']
  if (named) return resolve(fromHome(named, env))
  const cache = env['XDG_CACHE_HOME'] || join(homeFolder(env), '.cache')
  return join(resolve(cache), 'jarvis-real')
}
