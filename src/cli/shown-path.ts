import { pathBelow } from '../host/path-below.ts'
import type { Terminal } from './command.ts'

/** A path as a person in this folder would type it. */
export function shownPath(path: string, { cwd }: Pick<Terminal, 'cwd'>): string {
  return pathBelow(cwd, path) ?? path
}
