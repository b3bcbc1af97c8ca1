import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { crc32 } from 'node:zlib'
import { replaceFile } from '../../host/durable-file.ts'
import { packageVersion } from '../../host/package-version.ts'
import { readRegularFile } from '../../host/regular-file.ts'
import { fingerprint } from '../session/fingerprint.ts'
import { readNight } from './night.ts'
import type { Night } from './types.ts'

const FOLDER = '.nights'
const MOST_BYTES = 64 * 1024 * 1024

interface Known {
  version: string
  /** Of the files that it was made of. */
  files: string
  /** Of the text of the night: what somebody has changed tells nothing. */
  check: number
  night: Night
}

/**
 * A session as a night. Those of runs that are over are remembered beside the sessions, in a file each, so that a journal
 * is read once for all the nights that it is held beside.
 *
 * @throws JarvisError USAGE for what is no directory, or was written by a newer version of jarvis
 */
export async function rememberedNight(directory: string): Promise<Night> {
  const path = resolve(directory)
  const file = join(dirname(path), FOLDER, `${basename(path)}.json`)
  const files = fingerprint(path)
  const known = await readKnown(file)
  if (known?.files === files) return { ...known.night, directory: path }
  const night = await readNight(path)
  // A run that goes on, or that nobody has completed yet, will be told otherwise.
  if (night.isOver) await remember(file, files, night)
  return night
}

async function readKnown(file: string): Promise<Known | null> {
  try {
    const known = JSON.parse((await readRegularFile(file, MOST_BYTES)).toString()) as Known
    // Another version may read otherwise.
    const isOurs = known.version === packageVersion() && known.check === checkOf(known.night)
    return isOurs ? known : null
  } catch {
    return null
  }
}

/** A folder that may not be written does without. */
async function remember(file: string, files: string, night: Night): Promise<void> {
  const known: Known = { version: packageVersion(), files, check: checkOf(night), night }
  try {
    await mkdir(dirname(file), { recursive: true })
    await replaceFile(file, JSON.stringify(known))
    await forgetGone(dirname(file))
  } catch {
    // The next reader reads the journal again.
  }
}

/** What is remembered of sessions that were removed goes with the next that is remembered. */
async function forgetGone(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const session = join(dirname(folder), name.replace(/\.json$/, ''))
    // oxlint-disable-next-line no-await-in-loop -- rarely any
    if (!existsSync(session)) await rm(join(folder, name), { force: true })
  }
}

function checkOf(night: Night): number {
  return crc32(JSON.stringify(night))
}
