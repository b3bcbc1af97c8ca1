import { type BigIntStats, fstat } from 'node:fs'
import { readdir, readlink, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** A file that is open. */
export interface OpenFile {
  descriptor: number
  /** Its name within its folder. */
  name: string
}

/**
 * Where the folder of an open file is by now; null where the file was removed, or nobody can tell. Linux tells by
 * the descriptor; elsewhere the folders near where it was are looked through.
 */
export async function folderNow(file: OpenFile, was: string): Promise<string | null> {
  const own = await promisify(fstat)(file.descriptor, { bigint: true }).catch(() => null)
  if (own === null || own.nlink === 0n) return null
  const told = await readlink(`/proc/self/fd/${file.descriptor}`).catch(() => null)
  if (told !== null) return (await isAt(own, told)) ? dirname(told) : null
  const parents = [dirname(was), dirname(dirname(was))]
  for (const parent of parents) {
    // oxlint-disable-next-line no-await-in-loop -- the first that has it is taken
    const names = await readdir(parent).catch(() => [])
    for (const name of names) {
      const folder = join(parent, name)
      // oxlint-disable-next-line no-await-in-loop -- see above
      if (await isAt(own, join(folder, file.name))) return folder
    }
  }
  return null
}

async function isAt(own: BigIntStats, path: string): Promise<boolean> {
  const there = await stat(path, { bigint: true }).catch(() => null)
  return there !== null && there.dev === own.dev && there.ino === own.ino
}
