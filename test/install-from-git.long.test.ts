// @module-tag long
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { cleanEnvironment } from './support/run.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
/** npm clones it, gets what building needs, and builds. */
const LONGEST_MS = 3_600_000

/** What has been downloaded before is taken as it is, and nothing is asked beside the packages. */
const NPM = {
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
}

const does = (cwd: string, program: string, ...args: string[]) =>
  spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...cleanEnvironment(), ...NPM } })

const isGit = does(repository, 'git', 'rev-parse', '--git-dir').status === 0
const hasRegistry = isGit && does(repository, 'npm', 'ping').status === 0
const where = hasRegistry ? '' : " (skipped: this is no clone, or npm's registry cannot be reached)"

test.skipIf(!hasRegistry)(
  `an empty project takes it from a git repository, where npm builds it${where}`,
  { timeout: LONGEST_MS },
  () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-from-git-')))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }), LONGEST_MS)
    const [clone, project] = [join(folder, 'clone'), join(folder, 'project')]
    expect(does(folder, 'git', 'clone', '--quiet', repository, clone)).toMatchObject({ status: 0 })
    expect(existsSync(join(clone, 'dist'))).toBe(false)
    mkdirSync(project)
    const own = { name: 'project', private: true, type: 'module' }
    writeFileSync(join(project, 'package.json'), JSON.stringify(own))
    const from = `git+${pathToFileURL(clone).href}`
    const installed = does(project, 'npm', 'install', '--save-dev', from, 'vitest@5')
    expect(installed, installed.stderr).toMatchObject({ status: 0 })
    const { version, files } = JSON.parse(
      readFileSync(join(repository, 'package.json'), 'utf8'),
    ) as { version: string; files: string[] }
    for (const name of files) {
      expect(existsSync(join(project, 'node_modules/jarvis', name)), name).toBe(true)
    }
    // By this Node, which the project would else have to install.
    const program = (path: string, ...args: string[]) =>
      does(project, process.execPath, join(project, 'node_modules', path), ...args)
    const command = (...args: string[]) => program('jarvis/dist/cli/main.js', ...args)
    expect(command('--version').stdout).toBe(`${version}\n`)
    expect(command('init', '--engine', 'sim')).toMatchObject({ status: 0 })
    const run = program('vitest/vitest.mjs', 'run', '--config', 'jarvis')
    expect(run.stdout, run.stderr).toContain('Finished Test Run: PASSED')
    expect(run.status).toBe(0)
  },
)
