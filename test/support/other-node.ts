import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/other-nodes', import.meta.url))
const LIMIT_MS = 240_000

/** The program of another version of Node, from npm's registry once and kept; null where it cannot be had. */
export function otherNode(version: string): string | null {
  const isWindows = process.platform === 'win32'
  const system = `${isWindows ? 'win' : process.platform}-${process.arch}`
  const folder = join(CACHE, version)
  const file = isWindows ? 'node.exe' : 'bin/node'
  const program = join(folder, 'node_modules', `node-${system}`, file)
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{}')
  const wanted = [
    'install',
    '--no-audit',
    '--no-fund',
    '--fetch-retries=0',
    `node-${system}@${version}`,
  ]
  try {
    execFileSync('npm', wanted, {
      cwd: folder,
      stdio: 'ignore',
      timeout: LIMIT_MS,
      shell: isWindows,
    })
  } catch {
    return null
  }
  return existsSync(program) ? program : null
}
