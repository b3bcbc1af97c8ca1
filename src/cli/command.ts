import { parseArgs, type ParseArgsConfig } from 'node:util'
import { JarvisError, messageOf } from '../errors.ts'
import { visibleText } from '../host/plain-text.ts'
import { withoutSecrets } from '../host/secrets.ts'
import { nearest } from '../plan/nearest.ts'

/** Where a command runs and writes. */
export interface Terminal {
  /** Absolute. */
  cwd: string
  env: NodeJS.ProcessEnv
  write(text: string): void
  /** Whether colours may be written. */
  colors: boolean
}

/** A command of `jarvis`. */
export interface Command {
  /** One line for the list of commands. */
  summary: string
  /** What `--help` prints. */
  help: string
  /** @returns the exit code: 0 all is well, 1 something failed or is missing, 2 it could not run */
  run(args: string[], terminal: Terminal): Promise<number>
}

/** Says something beside what a command is asked for, on the stream that nobody reads by machine. */
export function say(sentence: string): void {
  process.stderr.write(`${visibleText(withoutSecrets(sentence))}\n`)
}

/** The exit code of what could not run. */
export const COULD_NOT_RUN = 2

/**
 * Reads the arguments of a command.
 *
 * @throws JarvisError USAGE with the mistake and where to look
 */
export function readArguments<Options extends NonNullable<ParseArgsConfig['options']>>(
  name: string,
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    const what = messageOf(error).split('. ')[0]!
    const unknown = /^Unknown option '--([^']+)'/.exec(what)?.[1]
    const meant = unknown === undefined ? undefined : nearest(unknown, Object.keys(options))
    const question = meant === undefined ? '' : ` Did you mean --${meant}?`
    throw new JarvisError('USAGE', `${what}.${question} See: jarvis ${name} --help`)
  }
}

/**
 * The session that a command is about, where it takes one at most.
 *
 * @throws JarvisError USAGE where more are named: none is to be passed over in silence
 */
export function oneSession(name: string, positionals: readonly string[]): string | undefined {
  if (positionals.length <= 1) return positionals[0]
  throw new JarvisError('USAGE', `Expected one session. See: jarvis ${name} --help`)
}

/** Whether an argument names a plan rather than something for Vitest. */
export function isPlan(argument: string | undefined): argument is string {
  return argument !== undefined && !argument.startsWith('-') && /\.ya?ml$/i.test(argument)
}
