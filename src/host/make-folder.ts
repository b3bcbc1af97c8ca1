import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing, one by one: `mkdir` with `recursive` never returns below
 * a folder that takes nothing new and says that it is not there, as `/proc` does.
 *
 * @throws where one of them cannot be made
 */
export function makeFolder(path: string, mode?: number): void {
  const options = mode === undefined ? {} : { mode }
  try {
    mkdirSync(path, options)
  } catch (error) {
    const parent = dirname(path)
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== path) {
      makeFolder(parent, mode)
      makeLast(path, options)
    } else if (!isFolder(path)) throw error
  }
}

function makeLast(path: string, options: { mode?: number }): void {
  try {
    mkdirSync(path, options)
  } catch (error) {
    // Another process was faster.
    if (!isFolder(path)) throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
