import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The tree that loads are compared with: that of 22 November 2026. */
export const FORMER = 'dd9f17b'
const MOST_BYTES = 512 * 1_024 ** 2

/**
 * The former tree, built, in a temporary folder where the next bench finds it again. The first time its packages are
 * installed, which takes a network.
 */
export function formerTree(): string {
  const folder = join(tmpdir(), `jarvis-${FORMER}`)
  if (existsSync(folder)) return folder
  const unfinished = `${folder}.tmp`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished)
  // A copy, so that git knows nothing of it.
  const files = execFileSync('git', ['archive', FORMER], { cwd: repository, maxBuffer: MOST_BYTES })
  execFileSync('tar', ['-x', '-C', unfinished], { input: files })
  process.stderr.write(`Building the tree at ${FORMER} …\n`)
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  // It is built after that by itself.
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: unfinished,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  renameSync(unfinished, folder)
  return folder
}
