import { isAbsolute, relative } from 'node:path'

/** The way to a path from a folder that holds it or is it, with slashes; null where it lies elsewhere. */
export function pathBelow(folder: string, path: string): string | null {
  const way = relative(folder, path).replaceAll('\\', '/')
  return way === '..' || way.startsWith('../') || isAbsolute(way) ? null : way || '.'
}
