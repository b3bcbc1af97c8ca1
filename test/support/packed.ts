import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
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
import { text } from 'node:stream/consumers'
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

/**
 * A package of npm's registry in a folder of the cache, with all that it needs; null where it cannot be had.
 *
 * @param more - options of `npm install`
 */
export function fetched(
  folder: string,
  name: string,
  version: string,
  more: readonly string[] = [],
): string | null {
  const place = join(TEST_CACHE, folder)
  const found = join(place, 'node_modules', name)
  if (existsSync(join(found, 'package.json'))) return found
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), '{}')
  const quiet = ['--no-audit', '--no-fund', '--fetch-retries=0', '--allow-scripts', name]
  const { status } = spawnSync('npm', ['install', ...quiet, ...more, `${name}@${version}`], {
    cwd: place,
    stdio: 'ignore',
    timeout: DOWNLOAD_MS,
    shell: isWindows,
  })
  return status === 0 && existsSync(join(found, 'package.json')) ? found : null
}

/** Packs what is built as `npm pack` does, in a folder of its own; the test that asked for it removes it. */
export async function packBuilt(atEnd = onTestFinished): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-packed-')))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const stage = join(folder, 'stage')
  const names = ['dist', 'schema', 'plans', 'package.json', 'README.md', 'LICENSE']
  for (const name of [...names, 'scripts/packed-manifest.ts']) {
    cpSync(join(repository, name), join(stage, name), { recursive: true })
  }
  await run(stage, process.execPath, ['scripts/packed-manifest.ts', 'hide'])
  await run(stage, 'npm', ['pack', '--ignore-scripts', '--pack-destination', folder])
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
  )
}

interface Said {
  status: number | null
  output: string
}

/** An empty project in a folder of its own, and what runs in it with these programs first on PATH. */
export interface EmptyProject {
  root: string
  /** Runs a program to its end; colours off, standard output and errors together. */
  does(program: string, ...args: string[]): Promise<Said>
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
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  // Windows spells it as it likes.
  const kept = Object.entries(cleanEnvironment()).filter(([key]) => !/^npm_|^path$/i.test(key))
  const { PATH = '' } = process.env
  const env = {
    ...Object.fromEntries(kept),
    PATH: [...programs, PATH].join(delimiter),
    XDG_RUNTIME_DIR: runtime,
    YARN_ENABLE_TELEMETRY: '0',
  }
  return { root, does: (program, ...args) => run(root, program, args, env) }
}

async function run(
  cwd: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = cleanEnvironment(),
): Promise<Said> {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
  const child = spawn(program, args, { cwd, env, stdio, shell: isWindows })
  const ended = once(child, 'close') as Promise<[number | null]>
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ])
  return { status, output: stdout + stderr }
}
