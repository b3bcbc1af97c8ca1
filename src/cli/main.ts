#!/usr/bin/env node
import nodeModule from 'node:module'
import { JarvisError } from '../errors.ts'
import { withoutSecrets } from '../host/secrets.ts'
import { packageVersion } from '../host/package-version.ts'
import { colouredText } from '../host/plain-text.ts'
import { requireSupported } from '../host/require-supported.ts'
import { unsupportedRuntime } from '../host/supported.ts'
import { nearest } from '../plan/nearest.ts'
import { type Command, COULD_NOT_RUN, say, type Terminal } from './command.ts'

/** What a table for spreadsheets may begin with. */
const BYTE_ORDER_MARK = '\u{feff}'

/** Each is loaded when it is asked for. */
const commands: Record<string, { summary: string; load(): Promise<Command> }> = {
  init: {
    summary: 'write a plan and a scenario for each domain',
    load: async () => (await import('./init/init.ts')).initCommand,
  },
  run: {
    summary: 'run a plan',
    load: async () => (await import('./run.ts')).runCommand,
  },
  split: {
    summary: 'divide a plan into parts for several machines',
    load: async () => (await import('./split.ts')).splitCommand,
  },
  submit: {
    summary: 'give a plan in parts to Slurm or Kubernetes',
    load: async () => (await import('./submit.ts')).submitCommand,
  },
  resume: {
    summary: 'go on with a session whose run died or was cancelled',
    load: async () => (await import('./resume.ts')).resumeCommand,
  },
  doctor: {
    summary: 'say what a plan needs and what of it is not there',
    load: async () => (await import('./doctor/doctor.ts')).doctorCommand,
  },
  memory: {
    summary: 'say what models take in memory, as runs have shown it',
    load: async () => (await import('./memory/memory.ts')).memoryCommand,
  },
  watch: {
    summary: 'show a run that goes on in another terminal, or is over',
    load: async () => (await import('./watch.ts')).watchCommand,
  },
  compare: {
    summary: 'say what broke, got slower or was fixed between two sessions',
    load: async () => (await import('./history/compare.ts')).compareCommand,
  },
  trend: {
    summary: 'follow one number over all runs of whole plans',
    load: async () => (await import('./history/trend.ts')).trendCommand,
  },
  check: {
    summary: 'judge a session by gates',
    load: async () => (await import('./history/check.ts')).checkCommand,
  },
  baseline: {
    summary: 'name a session that later ones are compared with',
    load: async () => (await import('./history/baseline.ts')).baselineCommand,
  },
  pin: {
    summary: 'keep a session from being pruned',
    load: async () => (await import('./history/pin.ts')).pinCommand,
  },
  prune: {
    summary: 'remove old sessions',
    load: async () => (await import('./history/prune.ts')).pruneCommand,
  },
  verify: {
    summary: 'say whether a session is whole and undamaged',
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  recover: {
    summary: 'put right what can be of a session, also of one whose run died on another host',
    load: async () => (await import('./recover.ts')).recoverCommand,
  },
  import: {
    summary: 'take over sessions of the Python runner',
    load: async () => (await import('./import/import.ts')).importCommand,
  },
  report: {
    summary: 'make report.xlsx and report.html of a session',
    load: async () => (await import('./report.ts')).reportCommand,
  },
  list: {
    summary: 'list the sessions',
    load: async () => (await import('./sessions/list.ts')).listCommand,
  },
  show: {
    summary: 'show a session: what it ran, what failed and why',
    load: async () => (await import('./sessions/show.ts')).showCommand,
  },
  export: {
    summary: 'write the results of sessions as CSV or JSON lines',
    load: async () => (await import('./sessions/export.ts')).exportCommand,
  },
}

// Whoever reads what is said here may have seen enough: `jarvis list | head -3`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = await main(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  write: (text) => void process.stdout.write(text === BYTE_ORDER_MARK ? text : shown(text)),
  colors: process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
})

async function main([name, ...args]: string[], terminal: Terminal): Promise<number> {
  try {
    if (name === '--version' || name === '-v') {
      terminal.write(`${packageVersion()}\n`)
      return 0
    }
    const asked = name === undefined || name === '--help' || name === '-h' || name === 'help'
    if (asked && args.length === 0) {
      terminal.write(overview())
      return name === undefined ? COULD_NOT_RUN : 0
    }
    const wanted = name === 'help' ? args[0]! : name!
    const entry = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined
    if (entry === undefined) throw unknownCommand(wanted)
    requireSupported(unsupportedRuntime(process.versions))
    // Most of what a small command takes is the compiling of what it loads. Coverage would suffer.
    if (process.env['NODE_V8_COVERAGE'] === undefined) nodeModule.enableCompileCache()
    const command = await entry.load()
    if (name === 'help' || isHelpAsked(args)) {
      terminal.write(command.help)
      return 0
    }
    return await command.run(args, terminal)
  } catch (error) {
    // A mistake of the user's is a sentence; anything else is a mistake of jarvis and shows where.
    if (!(error instanceof JarvisError)) throw error
    say(error.message)
    return COULD_NOT_RUN
  }
}

/** Texts and data of others as a terminal may have them; tables keep the ends of their lines. */
function shown(text: string): string {
  return withoutSecrets(text).split('\r\n').map(colouredText).join('\r\n')
}

/** What follows `--` is not for jarvis. */
function isHelpAsked(args: string[]): boolean {
  const end = args.indexOf('--')
  const own = end === -1 ? args : args.slice(0, end)
  return own.includes('--help') || own.includes('-h')
}

function overview(): string {
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(10)}${summary}`,
  )
  return [
    'Usage: jarvis COMMAND [arguments]',
    '',
    ...lines,
    '',
    'jarvis COMMAND --help says more; jarvis --version gives the version.',
    'Exit codes: 0 all is well, 1 something failed or is missing, 2 it could not run.',
    '',
  ].join('\n')
}

function unknownCommand(name: string): JarvisError {
  const known = Object.keys(commands)
  const meant = nearest(name, known)
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`
  const sentence = `jarvis has no command ${JSON.stringify(name)}.`
  return new JarvisError('USAGE', `${sentence} It has: ${known.join(', ')}.${question}`)
}
