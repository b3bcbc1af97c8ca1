import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { JarvisError } from '../errors.ts'
import { exitCodeScript } from '../host/begun.ts'
import { installedPackage, strangerSentence } from '../host/installed-package.ts'
import { RUN_PID_VARIABLE } from '../host/launchers.ts'
import { type Command, COULD_NOT_RUN, isPlan, type Terminal } from './command.ts'
import { stopAfter } from './job-control.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const SHOW_CURSOR = '\u{1b}[?25h'
/** What shells make of a process that a signal has ended. */
const SIGNAL_EXIT_BASE = 128

/** Loaded before Vitest: a mistake in its options would end it with a stack. It alone knows all of them. */
const PLAIN_MISTAKES = `process.on('uncaughtExceptionMonitor', (error) => {
  if (error?.name !== 'CACError') return
  const what = error.message.replaceAll('\`', '')
  const sentence = what.charAt(0).toUpperCase() + what.slice(1)
  process.stderr.write(sentence + '. See: jarvis run --help, npx vitest run --help\\n')
  process.exit(${COULD_NOT_RUN})
})`
const SCRIPT = `${PLAIN_MISTAKES}\n${exitCodeScript(COULD_NOT_RUN)}`
const PRELOAD = `--import=data:text/javascript,${encodeURIComponent(SCRIPT)}`

/** `jarvis run`: `vitest run --config jarvis` with a plan. */
export const runCommand: Command = {
  summary: 'run a plan',
  help: [
    'Usage: jarvis run [PLAN] [--plain] [--baseline NAME] [--gates LIST] [arguments of vitest run]',
    '',
    'Runs a plan, plans/default.yaml where none is named: vitest run --config jarvis.',
    'Everything else after the plan is for Vitest.',
    '',
    '  --plain          one line for each event in place of the live screen',
    '  --baseline NAME  a baseline or a session that no loadout may be slower than (JARVIS_BASELINE)',
    '  --gates LIST     gates besides those of the plan: max_failures=0,max_wer=0.1 (JARVIS_GATES)',
    '',
    '  jarvis run plans/night.yaml',
    "  jarvis run plans/night.yaml --project 'llm*' -t greets",
    '',
    'The exit code is 0 where all passed, 1 where something failed or is missing, 2 where nothing could run, and 130 or 143',
    'where a signal ended it.',
    '',
  ].join('\n'),
  async run(given, { cwd, env }) {
    const { args, own } = takeOwn(given)
    const [first, ...rest] = args
    const plan = isPlan(first) ? first : null
    if (plan !== null && !existsSync(resolve(cwd, plan))) {
      const { planNotFound } = await import('../plan/load.ts')
      throw await planNotFound(plan, cwd)
    }
    return startVitest(
      plan === null ? args : rest,
      { cwd, env },
      {
        ...(plan === null ? {} : { JARVIS_PLAN: plan }),
        ...own,
      },
    )
  },
}

/** Starts `vitest run --config jarvis` with these arguments, and `own` in its environment. Resolves with its exit code. */
export async function startVitest(
  args: readonly string[],
  { cwd, env }: Pick<Terminal, 'cwd' | 'env'>,
  own: Readonly<Record<string, string>>,
): Promise<number> {
  const installed = installedPackage(cwd)
  if (installed.kind === 'stranger') {
    const advice = 'See: jarvis doctor'
    throw new JarvisError('USAGE', `${strangerSentence(installed)} ${advice}`)
  }
  const vitest = join(vitestFolder(cwd), 'vitest.mjs')
  const command = [vitest, 'run', '--config', 'jarvis', ...args]
  const child = spawn(process.execPath, [PRELOAD, ...command], {
    cwd,
    env: { ...env, ...own, [RUN_PID_VARIABLE]: String(process.pid) },
    stdio: 'inherit',
  })
  // What the terminal sends reaches both processes, and a second Ctrl+C would cut the run's orderly end
  // short; what is sent to this one alone is passed on. Either way this one waits.
  const fromTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (name !== 'SIGINT' || !fromTerminal) child.kill(name)
    })
  }
  if (child.pid !== undefined) stopAfter(child.pid)
  const { promise, resolve: ended, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('exit', (code, signal) => {
    // Vitest hides it, and a process that is ended by force does not show it again.
    if (signal !== null && process.stdout.isTTY) process.stdout.write(SHOW_CURSOR)
    ended(signal === null ? (code ?? 0) : SIGNAL_EXIT_BASE + constants.signals[signal])
  })
  return promise
}

/** Options of jarvis that take a value, by the environment variable that carries it to the plugin. */
const VALUES: Readonly<Record<string, string>> = {
  '--baseline': 'JARVIS_BASELINE',
  '--gates': 'JARVIS_GATES',
}

/** Takes the options of jarvis out of the arguments; what follows `--` is left alone. */
function takeOwn(given: readonly string[]): { args: string[]; own: Record<string, string> } {
  const args: string[] = []
  const own: Record<string, string> = {}
  for (let at = 0; at < given.length; at += 1) {
    const argument = given[at]!
    if (argument === '--') return { args: [...args, ...given.slice(at)], own }
    const [name = '', ...rest] = argument.split('=')
    const variable = Object.hasOwn(VALUES, name) ? VALUES[name] : undefined
    if (argument === '--plain') own['JARVIS_DASHBOARD'] = 'plain'
    else if (variable === undefined) args.push(argument)
    else {
      const value = rest.length > 0 ? rest.join('=') : given[(at += 1)]
      if (!value) {
        throw new JarvisError('USAGE', `Expected a value after ${name}. See: jarvis run --help`)
      }
      own[variable] = value
    }
  }
  return { args, own }
}

function vitestFolder(cwd: string): string {
  try {
    return dirname(createRequire(join(cwd, 'package.json')).resolve('vitest/package.json'))
  } catch (error) {
    const advice = 'Install it with: npm install --save-dev vitest@5'
    throw new JarvisError('USAGE', `Vitest is not installed in ${cwd}. ${advice}`, { cause: error })
  }
}
