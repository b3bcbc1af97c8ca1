import { parseArgs, type ParseArgsConfig } from 'node:util'
import { JarvisError, messageOf } from '../errors.ts'

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
    const what = messageOf(error).split('. ')[0]
    throw new JarvisError('USAGE', `${what}. See: jarvis ${name} --help`)
  }
}

/** Whether an argument names a plan rather than something for Vitest. */
export function isPlan(argument: string | undefined): argument is string {
  return argument !== undefined && !argument.startsWith('-') && /\.ya?ml$/i.test(argument)
}
