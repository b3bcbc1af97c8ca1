import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { JarvisError, messageOf } from '../../errors.ts'
import { isThere } from '../../host/is-there.ts'
import { openRegularFile } from '../../host/regular-file.ts'

/** Name of the journal's n-th file; a second one exists only where the first could not be written any more. */
export function journalName(file: number): string {
  return file === 1 ? 'events.jsonl' : `events.${file}.jsonl`
}

/** Every journal file of a session directory, in order. */
export async function journalFiles(directory: string): Promise<string[]> {
  const paths: string[] = []
  for (;;) {
    const path = join(directory, journalName(paths.length + 1))
    // oxlint-disable-next-line no-await-in-loop -- the first that is not there ends the search
    if (!(await isThere(path))) return paths
    paths.push(path)
  }
}

/** The session directory, given it or a journal file in it. */
export function directoryOf(path: string): string {
  return /^events(\.\d+)?\.jsonl$/.test(basename(path)) ? dirname(path) : path
}

/**
 * Opens a journal file to read it.
 *
 * @throws JarvisError USAGE for what is no file, or cannot be read
 */
export async function openJournal(path: string): Promise<FileHandle> {
  try {
    return await openRegularFile(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** The error of a journal file that the system does not let be read. */
export function unreadable(path: string, cause: unknown): JarvisError {
  const what = `The journal ${path} cannot be read: ${messageOf(cause)}.`
  const advice = 'Put the file back in its place, or name another session.'
  return new JarvisError('USAGE', `${what} ${advice}`, { cause })
}
