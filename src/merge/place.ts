import { existsSync, renameSync, rmSync } from 'node:fs'
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { syncFolder } from '../host/durable-file.ts'
import { localStamp } from '../host/local-time.ts'
import { SESSION_NAME } from '../session/directory.ts'
import { isPinned } from '../session/history/pin.ts'
import { updateLatestLink } from '../session/latest-link.ts'
import { markLives, ownMark } from '../session/lock/process-mark.ts'
import { readState } from '../session/projections/state-file.ts'
import { sessionsByTime } from '../session/sessions-by-time.ts'
import type { FoundParts } from './find-parts.ts'

/** Where a session is merged: no session is called so, and the mark of its process tells whose it is. */
const MERGING = '.merging-'
/** What stood at the place of the session, for the moment in which both change places. */
const REPLACED = 'replaced'

/** A folder beside the sessions in which one is made. */
export interface MergingPlace {
  /** Absolute; the session lies in it under its own name. */
  folder: string
  name: string
}

/** Makes a place for a merged session under `logs`, and takes away what merges that were ended have left there. */
export async function beginPlace(
  logs: string,
  parts: Pick<FoundParts, 'digest' | 'run' | 'sessions'>,
  origin: number,
): Promise<MergingPlace> {
  await mkdir(logs, { recursive: true })
  await removeLeft(logs)
  const name = (await mergedBefore(logs, parts)) ?? freeName(logs, origin)
  const folder = join(logs, `${MERGING}${ownMark()}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  return { folder, name }
}

/** Puts the session at its place, in that of the one that was merged of the same parts before. */
export async function putInPlace(logs: string, { folder, name }: MergingPlace): Promise<string> {
  const [made, place] = [join(folder, name), join(logs, name)]
  if (existsSync(join(place, 'pinned')) && isPinned(place)) {
    await copyFile(join(place, 'pinned'), join(made, 'pinned'))
  }
  await syncFolder(made).catch(() => {})
  const replaced = join(folder, REPLACED)
  if (existsSync(place)) renameSync(place, replaced)
  try {
    renameSync(made, place)
  } catch (error) {
    if (existsSync(replaced)) renameSync(replaced, place)
    throw error
  }
  await syncFolder(logs).catch(() => {})
  await rm(folder, { recursive: true, force: true })
  await leadLatest(logs, name)
  return place
}

/** Nothing of it stays. */
export function giveUpPlace({ folder }: MergingPlace): void {
  rmSync(folder, { recursive: true, force: true })
}

/** The session that was merged of these parts before, by the split and the name of the run, else by a part of it. */
async function mergedBefore(
  logs: string,
  { digest, run, sessions }: Pick<FoundParts, 'digest' | 'run' | 'sessions'>,
): Promise<string | null> {
  const own = new Set(sessions.map(({ name, begin }) => `${name} ${begin.host?.id}`))
  const names = (await readdir(logs)).filter((name) => SESSION_NAME.test(name)).toSorted()
  for (const name of names) {
    // oxlint-disable-next-line no-await-in-loop -- the first that fits is taken
    const merged = (await readState(join(logs, name)).catch(() => null))?.merged
    if (merged?.digest !== digest || merged.run !== run) continue
    const shares = merged.parts.some(({ session, host }) => own.has(`${session} ${host?.id}`))
    if (run !== null || shares) return name
  }
  return null
}

function freeName(logs: string, origin: number): string {
  const stamp = `RUN_${localStamp(new Date(origin))}`
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? stamp : `${stamp}_${number}`
    if (!existsSync(join(logs, name))) return name
  }
}

/** What merges have left whose process is gone; what they had just moved aside is put back. */
async function removeLeft(logs: string): Promise<void> {
  const names = await readdir(logs)
  for (const name of names.filter((one) => one.startsWith(MERGING))) {
    if (markLives(name.slice(MERGING.length)) !== false) continue
    const folder = join(logs, name)
    const replaced = join(folder, REPLACED)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const inside = await readdir(folder).catch(() => [])
    const session = inside.find((one) => SESSION_NAME.test(one))
    if (existsSync(replaced) && session !== undefined && !existsSync(join(logs, session))) {
      renameSync(replaced, join(logs, session))
    }
    // oxlint-disable-next-line no-await-in-loop -- see above
    await rm(folder, { recursive: true, force: true })
  }
}

/** `latest` is the newest run of a whole plan, and so a merged one where no later one is there. */
async function leadLatest(logs: string, name: string): Promise<void> {
  for (const { directory } of (await sessionsByTime(logs)).toReversed()) {
    // oxlint-disable-next-line no-await-in-loop -- the first that fits is taken
    const state = await readState(directory).catch(() => null)
    if (state?.kind !== 'plan') continue
    if (basename(directory) === name) updateLatestLink(logs, name)
    return
  }
}
