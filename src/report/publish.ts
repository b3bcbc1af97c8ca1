import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { basename, dirname, join, parse } from 'node:path'
import { syncFolder } from '../host/durable-file.ts'

/** Names that are tried while other programs hold the files. */
const MOST_NAMES = 20
const HELD = new Set(['EBUSY', 'EPERM', 'EACCES'])

/**
 * Gives a complete file its name. While another program has the one of that name open, the new one gets the
 * next free name: `report_2.xlsx`.
 *
 * @returns the path that it got
 */
export async function publishFile(temporary: string, path: string): Promise<string> {
  const { dir, name, ext } = parse(path)
  for (let number = 1; ; number += 1) {
    const wanted = number === 1 ? path : join(dir, `${name}_${number}${ext}`)
    if (isOpenElsewhere(wanted) && number < MOST_NAMES) continue
    try {
      // oxlint-disable-next-line no-await-in-loop -- the next name only where this one cannot be had
      await rename(temporary, wanted)
      // oxlint-disable-next-line no-await-in-loop -- see above
      await syncFolder(dir)
      return wanted
    } catch (error) {
      const isHeld = HELD.has((error as NodeJS.ErrnoException).code ?? '') && existsSync(wanted)
      if (!isHeld || number >= MOST_NAMES) throw error
    }
  }
}

/** Office and LibreOffice put a file beside the one that they have open. */
function isOpenElsewhere(path: string): boolean {
  const folder = dirname(path)
  const name = basename(path)
  return [`~$${name}`, `.~lock.${name}#`].some((lock) => existsSync(join(folder, lock)))
}
