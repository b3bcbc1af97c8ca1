import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fetched } from './packed.ts'

/** The program of another version of Node, from npm's registry once and kept; null where it cannot be had. */
export function otherNode(
  version: string,
  platform: NodeJS.Platform = process.platform,
): string | null {
  const system = `${platform === 'win32' ? 'win' : platform}-${process.arch}`
  // For another system, too, where there is something that runs it.
  const foreign = ['--force', `--os=${platform}`]
  const more = platform === process.platform ? [] : foreign
  const folder = fetched(`nodes/${system}-${version}`, `node-${system}`, version, more)
  if (folder === null) return null
  const program = join(folder, 'bin', platform === 'win32' ? 'node.exe' : 'node')
  return existsSync(program) ? program : null
}
