#!/usr/bin/env node
import nodeModule from 'node:module'
import { JarvisError } from '../errors.ts'
import { withoutSecrets } from '../host/secrets.ts'
import { packageVersion } from '../host/package-version.ts'
import { colouredText } from '../host/plain-text.ts'
import { requireSupported } from '../host/require-supported.ts'
import { unsupportedRuntime } from '../host/supported.ts'
import { nearest } from '../plan/nearest.ts'
import { COULD_NOT_RUN, say, type Terminal } from './command.ts'
import { commands } from './commands.ts'

/** What a table for spreadsheets may begin with. */
const BYTE_ORDER_MARK = '\u{feff}'

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
    if (name === 'complete') {
      const { complete } = await import('./completion/complete.ts')
      await complete(args, terminal, commands)
      return 0
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
    ([name, { summary }]) => `  ${name.padEnd(12)}${summary}`,
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
