import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs')

/** GNU time tells the peak memory of the largest process that a command started and waited for. */
const GNU_TIME = '/usr/bin/time'
const BYTES_PER_KB = 1_024
const MB = 1_024 ** 2

/** What one run of a command took. */
export interface Taken {
  /** Milliseconds from its start to its exit. */
  wall: number
  /** Peak memory of its largest process in MB; null where GNU time is not installed. */
  memory: number | null
  /** Milliseconds of processors that it and all that it waited for took; null where GNU time is not installed. */
  processor: number | null
}

/**
 * Runs `vitest` in a project to its end; what it prints goes to a file there.
 *
 * @throws Error when it fails, with what it printed
 */
export function runVitest(
  root: string,
  args: readonly string[],
  { node = [], env: more = {} }: { node?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<Taken> {
  mkdirSync(join(root, 'runtime'), { recursive: true, mode: 0o700 })
  // What reports take is measured on its own.
  const env = { JARVIS_REPORTS: 'off', XDG_RUNTIME_DIR: join(root, 'runtime'), ...more }
  return runNode(root, [...node, vitest, ...args], env)
}

/**
 * Runs Node in a folder to its end; what it prints goes to a file there.
 *
 * @throws Error when it ends with another code than these, with what it printed
 */
export async function runNode(
  root: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  codes: readonly number[] = [0],
): Promise<Taken> {
  const measuredFile = join(root, 'measured')
  const measures = existsSync(GNU_TIME)
  const command = [process.execPath, ...args]
  const [file = '', ...rest] = measures
    ? [GNU_TIME, '-f', '%M %U %S', '-o', measuredFile, ...command]
    : command
  const output = join(root, 'output')
  const fd = openSync(output, 'w')
  const begun = performance.now()
  const child = spawn(file, rest, {
    cwd: root,
    env: { ...ownEnvironment(), ...env },
    stdio: ['ignore', fd, fd],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  const wall = performance.now() - begun
  closeSync(fd)
  if (code === null || !codes.includes(code))
    throw new Error(`node ${args.join(' ')}:\n${readFileSync(output, 'utf8')}`)
  if (!measures) return { wall, memory: null, processor: null }
  // Before the numbers it says of a command that failed that it did.
  const told = readFileSync(measuredFile, 'utf8').trim().split('\n').at(-1) ?? ''
  const [peak = Number.NaN, user = Number.NaN, system = Number.NaN] = told.split(' ').map(Number)
  return { wall, memory: (peak * BYTES_PER_KB) / MB, processor: (user + system) * 1_000 }
}

/** Without what would choose another reporter or another plan. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const others =
    /^(?:VITEST|JARVIS|NODE_OPTIONS$|NODE_ENV$|FORCE_COLOR$|GITHUB_ACTIONS$|CI$|.*AGENT)/
  const kept = Object.entries(process.env).filter(([name]) => !others.test(name))
  return { ...Object.fromEntries(kept), NO_COLOR: '1' }
}
