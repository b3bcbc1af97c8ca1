import { fileURLToPath } from 'node:url'

/** The folders that this package's code lies in: built, whatever file the bundler put it in, or as sources. */
const CODE = /^.*\/(?:dist|src)\//

/**
 * The path of a program of this package that runs as a process of its own, named from the root of the code and
 * without its ending: `.js` in the built package, `.ts` when run from the sources.
 *
 * @param from - the URL of any module of this package
 */
export function entryPath(from: string, program: string): string {
  return ownPath(from, program + (from.endsWith('.ts') ? '.ts' : '.js'))
}

/** The path of a file of this package, named from the root of the code. */
export function ownPath(from: string, file: string): string {
  return fileURLToPath(new URL(file, CODE.exec(from)?.[0] ?? from))
}
