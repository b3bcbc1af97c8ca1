import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { JarvisError, messageOf } from '../../errors.ts'
import { readImported } from '../../memory/sheets/imported-file.ts'
import { type Known, memoryPath, readKnown, writeKnown } from '../../memory/sheets/memory-file.ts'
import { sheetsOf } from '../../memory/sheets/sheets-of.ts'
import type { Sheet } from '../../memory/sheets/types.ts'
import { SESSION_NAME } from '../../session/directory.ts'
import { journalFiles } from '../../session/journal/journal-files.ts'
import { loadsOfSession } from './session-loads.ts'

/** What came of an update. */
export interface UpdatedSheets {
  sheets: readonly Sheet[]
  /** Sessions that were read for it. */
  read: readonly string[]
  /** Sessions that cannot be read, and why. */
  unreadable: readonly string[]
  /** Why the file was not written; null where it was, or says the same already. */
  notWritten: string | null
}

/**
 * Brings the sheets of a folder of sessions up to what its sessions say: those whose journals have changed are read, those
 * that are gone are forgotten. `rebuild`: all are read again, whatever the file says.
 *
 * @throws JarvisError USAGE where a newer version of jarvis has written the file
 */
export async function updateSheets(
  logs: string,
  {
    rebuild = false,
    onSession = () => {},
  }: { rebuild?: boolean; onSession?: (name: string) => void } = {},
): Promise<UpdatedSheets> {
  const known = await readKnown(logs)
  if (known.isNewer) throw newer(logs)
  const names = (await readdir(logs).catch(() => [])).filter((name) => SESSION_NAME.test(name))
  const sizes = new Map<string, number>()
  for (const name of names) {
    // oxlint-disable-next-line no-await-in-loop -- a look at each, one after the other
    const bytes = await journalBytes(join(logs, name))
    if (bytes > 0) sizes.set(name, bytes)
  }
  const stale = [...sizes].filter(([name, bytes]) => rebuild || known.sessions.get(name) !== bytes)
  const gone = [...known.sessions.keys()].filter((name) => !sizes.has(name))
  const imported = await readImported(logs)
  const others = known.loads.filter(({ session }) => !sizes.has(session))
  const isOld = JSON.stringify(others) !== JSON.stringify(inOrder(imported))
  if (stale.length === 0 && gone.length === 0 && !isOld) {
    return { sheets: sheetsOf(known.loads), read: [], unreadable: [], notWritten: null }
  }
  const found = await readAll(logs, stale, onSession)
  const old = new Set(stale.map(([name]) => name))
  const loads = known.loads.filter(({ session }) => sizes.has(session) && !old.has(session))
  const next: Known = {
    sessions: new Map([...sizes].filter(([name]) => !found.failed.has(name))),
    loads: [...loads, ...found.loads, ...imported],
    isNewer: false,
  }
  const result = { read: stale.map(([name]) => name), unreadable: [...found.failed.values()] }
  try {
    return { ...result, sheets: await writeKnown(logs, next), notWritten: null }
  } catch (error) {
    return { ...result, sheets: sheetsOf(next.loads), notWritten: messageOf(error) }
  }
}

/** Takes one session that has just ended into the sheets. What it costs does not depend on the others. */
export async function learnSession(directory: string): Promise<void> {
  const logs = join(resolve(directory), '..')
  const name = basename(resolve(directory))
  if (!SESSION_NAME.test(name)) return
  const [loads, bytes] = await Promise.all([loadsOfSession(directory), journalBytes(directory)])
  // As late as can be: another run may be at it.
  const known = await readKnown(logs)
  if (known.isNewer) return
  known.sessions.set(name, bytes)
  const others = known.loads.filter(({ session }) => session !== name)
  await writeKnown(logs, { ...known, loads: [...others, ...loads] })
}

/** As the file has them: by sheet. */
function inOrder(loads: Known['loads']): Known['loads'] {
  return sheetsOf(loads).flatMap(({ loads: its }) => its)
}

async function readAll(
  logs: string,
  stale: readonly [name: string, bytes: number][],
  onSession: (name: string) => void,
): Promise<Pick<Known, 'loads'> & { failed: Map<string, string> }> {
  const loads: Known['loads'] = []
  const failed = new Map<string, string>()
  for (const [name] of stale) {
    onSession(name)
    try {
      // oxlint-disable-next-line no-await-in-loop -- one journal after the other
      loads.push(...(await loadsOfSession(join(logs, name))))
    } catch (error) {
      failed.set(name, `${name}: ${messageOf(error)}`)
    }
  }
  return { loads, failed }
}

async function journalBytes(directory: string): Promise<number> {
  const files = await journalFiles(directory)
  const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

function newer(logs: string): JarvisError {
  const what = `${memoryPath(logs)} was written by a newer version of jarvis`
  return new JarvisError(
    'USAGE',
    `${what}: update it, or remove the file, which is then made again.`,
  )
}
