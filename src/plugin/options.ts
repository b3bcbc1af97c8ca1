import { resolve } from 'node:path'
import { JarvisError } from '../errors.ts'

/** Options of the plugin; an environment variable stands in for each that is absent. */
export interface JarvisOptions {
  /**
   * Path of the plan, from the project's root.
   *
   * @default process.env.JARVIS_PLAN, else 'plans/default.yaml'
   */
  plan?: string
  /**
   * Folder of session directories, from the project's root.
   *
   * @default process.env.JARVIS_LOGS, else 'logs'
   */
  logs?: string
  /**
   * Seconds to wait for another run on this machine to end; 0: stop with its name at once.
   *
   * @default process.env.JARVIS_WAIT, else 0
   */
  wait?: number
  /**
   * Seconds that services stay warm after a run in watch mode or an editor.
   *
   * @default process.env.JARVIS_IDLE, else 600
   */
  idle?: number
}

/** The options in force. `plan` is as a person would write it, `logs` absolute. */
export interface ResolvedOptions {
  root: string
  plan: string
  logs: string
  wait: number
  idle: number
}

const DEFAULT_IDLE_SECONDS = 600
/** What `JARVIS_WAIT=true` means: as long as it takes, within a day. */
const FOREVER_SECONDS = 86_400

/** @throws JarvisError USAGE when a number is none */
export function resolveOptions(
  options: JarvisOptions,
  root: string,
  env: NodeJS.ProcessEnv = process.env,
): ResolvedOptions {
  return {
    root,
    plan: options.plan ?? (env['JARVIS_PLAN'] || 'plans/default.yaml'),
    logs: resolve(root, options.logs ?? (env['JARVIS_LOGS'] || 'logs')),
    wait: options.wait ?? seconds('JARVIS_WAIT', env['JARVIS_WAIT'], 0),
    idle: options.idle ?? seconds('JARVIS_IDLE', env['JARVIS_IDLE'], DEFAULT_IDLE_SECONDS),
  }
}

function seconds(name: string, text: string | undefined, absent: number): number {
  if (text === undefined || text === '') return absent
  if (text === 'true') return FOREVER_SECONDS
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new JarvisError(
    'USAGE',
    `Expected ${name} to be a number of seconds, got \`${text}\`. Set it to 0 or more, or remove it.`,
  )
}
