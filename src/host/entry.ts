import { fileURLToPath } from 'node:url'

/**
 * The path of a program of this package that runs as a process of its own, named from the file that
 * starts it and without its ending: `.js` in the built package, `.ts` when run from the sources.
 */
export function entryPath(from: string, relative: string): string {
  const ending = from.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(relative + ending, from))
}
