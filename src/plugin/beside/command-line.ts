import { resolve } from 'node:path'

/** What the command line of Vitest says of its configuration. */
export interface CommandLine {
  /** Absolute. */
  root: string
  mode: string
}

/**
 * Null where the package is not the configuration: `--config jarvis` alone leaves out a config that lies beside. It is
 * read from the command line, as plugins have to be known before any of their hooks is told the root.
 */
export function packageAsConfig(
  args: readonly string[] = process.argv.slice(2),
  cwd: string = process.cwd(),
): CommandLine | null {
  if (valueOf(args, ['--config', '-c']) !== 'jarvis') return null
  return {
    root: resolve(cwd, valueOf(args, ['--root', '-r']) ?? '.'),
    mode: valueOf(args, ['--mode']) ?? 'test',
  }
}

/** What an option was last given, as `--name value` or `--name=value`. */
function valueOf(args: readonly string[], names: readonly string[]): string | undefined {
  const end = args.indexOf('--')
  const own = end === -1 ? args : args.slice(0, end)
  const given = own.flatMap((word, at) => {
    const [name = '', ...rest] = word.split('=')
    if (!names.includes(name)) return []
    return rest.length > 0 ? [rest.join('=')] : own.slice(at + 1, at + 2)
  })
  return given.at(-1)
}
