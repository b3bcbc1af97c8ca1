import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { cleanEnvironment } from './run.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const isWindows = process.platform === 'win32'
const DOWNLOAD_MS = 600_000

/** What tests fetch once and keep: other versions of Node, package managers. */
export const TEST_CACHE: string = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'jarvis-tests',
)

/** A package of npm's registry in a folder of the cache, with all that it needs; null where it cannot be had. */
export function fetched(folder: string, name: string, version: string): string | null {
  const place = join(TEST_CACHE, folder)
  const found = join(place, 'node_modules', name)
  if (existsSync(join(found, 'package.json'))) return found
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), '{}')
  const quiet = ['--no-audit', '--no-fund', '--fetch-retries=0', '--allow-scripts', name]
  const { status } = spawnSync('npm', ['install', ...quiet, `${name}@${version}`], {
    cwd: place,
    stdio: 'ignore',
    timeout: DOWNLOAD_MS,
    shell: isWindows,
  })
  return status === 0 && existsSync(join(found, 'package.json')) ? found : null
}

/** Packs what is built as `npm pack` does, in a folder of its own; the test that asked for it removes it. */
export function packBuilt(atEnd = onTestFinished): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-packed-')))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const stage = join(folder, 'stage')
  const names = ['dist', 'schema', 'plans', 'package.json', 'README.md', 'LICENSE']
  for (const name of [...names, 'scripts/packed-manifest.ts']) {
    cpSync(join(repository, name), join(stage, name), { recursive: true })
  }
  run(stage, process.execPath, ['scripts/packed-manifest.ts', 'hide'])
  run(stage, 'npm', ['pack', '--ignore-scripts', '--pack-destination', folder])
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
  )
}

/** An empty project in a folder of its own, and what runs in it with these programs first on PATH. */
export interface EmptyProject {
  root: string
  /** Runs a program to its end; colours off, standard output and errors together. */
  does(program: string, ...args: string[]): { status: number | null; output: string }
}

/** @param name - the folder's name, which may hold whatever a file system allows */
export function emptyProject(
  files: Readonly<Record<string, string>>,
  { programs = [], name = 'project' }: { programs?: readonly string[]; name?: string } = {},
  atEnd = onTestFinished,
): EmptyProject {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-installed-')))
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const [root, runtime] = [join(folder, name), join(folder, 'runtime')]
  mkdirSync(runtime, { mode: 0o700 })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const { PATH, ...rest } = cleanEnvironment()
  const kept = Object.entries(rest).filter(([key]) => !/^npm_/i.test(key))
  const env = {
    ...Object.fromEntries(kept),
    PATH: [...programs, PATH].join(delimiter),
    XDG_RUNTIME_DIR: runtime,
    YARN_ENABLE_TELEMETRY: '0',
  }
  return {
    root,
    does(program, ...args) {
      const { status, stdout, stderr } = run(root, program, args, env)
      return { status, output: stdout + stderr }
    },
  }
}

function run(
  cwd: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = cleanEnvironment(),
): SpawnSyncReturns<string> {
  return spawnSync(program, args, { cwd, env, encoding: 'utf8', shell: isWindows })
}
