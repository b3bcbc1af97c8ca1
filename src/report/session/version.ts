import { JarvisError } from '../../errors.ts'
import type { SCHEMA_VERSION } from '../../events/result.ts'

/** The version by its type alone: its module would load the whole validator. */
const newestVersion: typeof SCHEMA_VERSION = 1

/**
 * Refuses what a newer version of jarvis wrote.
 *
 * @throws JarvisError USAGE
 */
export function refuseNewer(path: string, version: unknown): void {
  if (typeof version !== 'number' || version <= newestVersion) return
  const what = `${path} was written by a newer version of jarvis`
  throw new JarvisError('USAGE', `${what} (schema_version ${version}): update it.`)
}

/** The version of results as they are written now. */
export function currentVersion(): number {
  return newestVersion
}
