import { existsSync, lutimesSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Gives all that is in a folder a time of an hour ago. */
export function makeOld(folder: string): void {
  const time = new Date(Date.now() - 3_600_000)
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lutimesSync(join(folder, name), time, time)
  }
}
