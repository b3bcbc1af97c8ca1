import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import type { Project } from './project.ts'
import { latestSession, type SessionFiles } from './session-files.ts'

const vitestFolder = dirname(createRequire(import.meta.url).resolve('vitest/package.json'))

/** A run of the real command. */
export interface Running {
  child: ChildProcess
  /** What it has printed so far, colours off. */
  output(): string
  /** Waits until it has printed this. */
  until(text: string | RegExp, timeoutMs?: number): Promise<void>
  /** Waits for the end. */
  ended(): Promise<Ended>
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  /** What it printed, colours off. */
  output: string
  /** What it printed. */
  rawOutput: string
  /** The newest session; null when the run made none. */
  session: SessionFiles | null
}

export interface RunOptions {
  /** What follows `vitest run --config jarvis`. */
  args?: string[]
  /** What to give to Node instead of all that. */
  command?: string[]
  /** A program and its arguments that start Node: a namespace of its own. */
  before?: string[]
  /** Added to the environment; what is undefined is taken out of it. */
  env?: Record<string, string | undefined>
  /** In a process group of its own, so that a test can end all of it. */
  detached?: boolean
}

const POLL_MS = 10
const UNTIL_TIMEOUT_MS = 150_000

/** Vitest's command line program. */
export const vitestProgram: string = join(vitestFolder, 'vitest.mjs')

/** Starts `vitest run --config jarvis` in a project. */
export function start({ root, runtime }: Project, options: RunOptions = {}): Running {
  const { args = [], env = {}, before = [], detached = false } = options
  const command = options.command ?? [vitestProgram, 'run', '--config', 'jarvis', ...args]
  const [program = '', ...parameters] = [...before, process.execPath, ...command]
  const child = spawn(program, parameters, {
    cwd: root,
    // Reports take time, and only their own tests look at them.
    env: { ...cleanEnvironment(), JARVIS_REPORTS: 'off', XDG_RUNTIME_DIR: runtime, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached,
  })
  let text = ''
  const keep = (chunk: Buffer): void => {
    text += chunk.toString()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const closed = once(child, 'close')
  const output = (): string => stripVTControlCharacters(text)
  return {
    child,
    output,
    async until(expected, timeoutMs = UNTIL_TIMEOUT_MS) {
      const deadline = Date.now() + timeoutMs
      while (!matches(output(), expected)) {
        if (Date.now() > deadline || child.exitCode !== null) {
          throw new Error(`The run never printed ${expected}. It printed:\n${output()}`)
        }
        // oxlint-disable-next-line no-await-in-loop -- polls
        await sleep(POLL_MS)
      }
    },
    async ended() {
      const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null]
      return {
        code,
        signal,
        output: output(),
        rawOutput: text,
        session: latestSession(join(root, 'logs')),
      }
    },
  }
}

/** Runs `vitest run --config jarvis` in a project to its end. */
export function run(project: Project, options: RunOptions = {}): Promise<Ended> {
  return start(project, options).ended()
}

function matches(text: string, expected: string | RegExp): boolean {
  return typeof expected === 'string' ? text.includes(expected) : expected.test(text)
}

/** This process is itself a Vitest worker; a run of a user's is not. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const own =
    /^(VITEST|JARVIS|NODE_ENV$|NODE_V8_COVERAGE|TEST$|FORCE_COLOR|GITHUB_ACTIONS|CI$|AI_AGENT|.*AGENT.*$)/
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name))
  return { ...Object.fromEntries(kept), NO_COLOR: '1' }
}
