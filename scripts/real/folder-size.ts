import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of all files below a folder, and of these files besides where they lie elsewhere. Links count nothing. */
export function folderSize(folder: string, besides: readonly string[] = []): number {
  const elsewhere = besides.filter((path) => !path.startsWith(join(folder, '/')))
  return [folder, ...elsewhere].reduce((sum, path) => sum + sizeOf(path), 0)
}

function sizeOf(path: string): number {
  const facts = lstatSync(path, { throwIfNoEntry: false })
  if (facts === undefined) return 0
  if (facts.isFile()) return facts.size
  if (!facts.isDirectory()) return 0
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}
