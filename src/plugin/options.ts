import { resolve } from 'node:path'
import { JarvisError } from '../errors.ts'
import { fromHome } from '../host/home-folder.ts'
import { statedSeconds } from '../plan/duration.ts'
import { type Gate, parseGateList } from '../plan/index.ts'

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
  /**
   * Gates besides those of the plan: `max_failures=0,max_wer=0.1`.
   *
   * @default process.env.JARVIS_GATES
   */
  gates?: string
  /**
   * Name of a baseline or a session that no loadout may be slower than.
   *
   * @default process.env.JARVIS_BASELINE
   */
  baseline?: string
  /**
   * Whether `report.xlsx` and `report.html` are made at the end of a run.
   *
   * @default process.env.JARVIS_REPORTS (`on` or `off`), else `settings.reports` of the plan
   */
  reports?: boolean
}

/** The options in force. `plan` is as a person would write it, `logs` absolute. */
export interface ResolvedOptions {
  root: string
  plan: string
  logs: string
  wait: number
  idle: number
  gates: Gate[]
  baseline: string | null
  /** Null: as the plan says. */
  reports: boolean | null
  /** The session that is to go on, as `JARVIS_RESUME` names it; null: a new one. */
  resume: { session: string; failed: boolean; force: boolean } | null
}

const DEFAULT_IDLE_SECONDS = 600
/** What `JARVIS_WAIT=true` means: as long as it takes, within a day. */
const FOREVER_SECONDS = 86_400

/** @throws JarvisError USAGE when a number or a switch is none, or a gate is not known */
export function resolveOptions(
  options: JarvisOptions,
  root: string,
  env: NodeJS.ProcessEnv = process.env,
): ResolvedOptions {
  checkDashboard(env['JARVIS_DASHBOARD'])
  return {
    root,
    plan: options.plan ?? (env['JARVIS_PLAN'] || 'plans/default.yaml'),
    logs: resolve(root, fromHome(options.logs ?? (env['JARVIS_LOGS'] || 'logs'), env)),
    wait: options.wait ?? seconds('JARVIS_WAIT', env['JARVIS_WAIT'], 0),
    idle: options.idle ?? seconds('JARVIS_IDLE', env['JARVIS_IDLE'], DEFAULT_IDLE_SECONDS),
    gates:
      options.gates === undefined
        ? parseGateList(env['JARVIS_GATES'] ?? '', 'JARVIS_GATES')
        : parseGateList(options.gates, 'the option gates'),
    baseline: options.baseline ?? (env['JARVIS_BASELINE'] || null),
    reports: options.reports ?? onOrOff('JARVIS_REPORTS', env['JARVIS_REPORTS']),
    resume: resumeOf(env),
  }
}

/** The terminal reads it itself, long after a mistake could be told. */
function checkDashboard(text: string | undefined): void {
  if (!text || text === 'plain' || text === 'live') return
  throw new JarvisError('USAGE', `Expected JARVIS_DASHBOARD to be plain or live, got \`${text}\`.`)
}

/** How a session is resumed, besides which: `failed`, `force`, both. */
function resumeOf(env: NodeJS.ProcessEnv): ResolvedOptions['resume'] {
  const session = env['JARVIS_RESUME']
  if (!session) return null
  const words = (env['JARVIS_RESUME_OPTIONS'] ?? '').split(',').filter((word) => word !== '')
  const unknown = words.find((word) => word !== 'failed' && word !== 'force')
  if (unknown !== undefined) {
    const what = `Expected JARVIS_RESUME_OPTIONS to be failed, force or both, got \`${unknown}\`.`
    throw new JarvisError('USAGE', what)
  }
  return { session, failed: words.includes('failed'), force: words.includes('force') }
}

function seconds(name: string, text: string | undefined, absent: number): number {
  if (text === undefined || text === '') return absent
  if (text === 'true') return FOREVER_SECONDS
  const value = statedSeconds(text)
  if (value !== null) return value
  throw new JarvisError(
    'USAGE',
    `Expected ${name} to be a number of seconds or a duration such as 10m, got \`${text}\`. Set it to 0 or more, or remove it.`,
  )
}

function onOrOff(name: string, text: string | undefined): boolean | null {
  if (text === undefined || text === '') return null
  const word = text.toLowerCase()
  if (['on', 'true', '1'].includes(word)) return true
  if (['off', 'false', '0'].includes(word)) return false
  throw new JarvisError('USAGE', `Expected ${name} to be on or off, got \`${text}\`.`)
}
