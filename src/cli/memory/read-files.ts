import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { factsOfGguf } from '../../memory/gguf/facts-of-gguf.ts'
import { llamaNeed } from '../../memory/llama/llama-need.ts'
import { llamaOptionsOf } from '../../memory/llama/options-of.ts'
import { LogFile } from '../../memory/log/log-file.ts'
import type { MemoryNeed } from '../../memory/need.ts'
import { loadOfLog } from '../../memory/sheets/load-of-log.ts'
import type { MemoryLoad } from '../../memory/sheets/types.ts'
import { localIso } from '../../host/local-time.ts'
import { loadsOfSession } from '../../report/memory/session-loads.ts'
import { runnerSheet } from './runner-sheet.ts'

/** What a file tells of memory. */
export type MemoryFileReport =
  | { file: string; kind: 'log' | 'session' | 'sheet'; loads: MemoryLoad[] }
  | { file: string; kind: 'model'; need: Omit<MemoryNeed, 'contextFor'> }

interface Reading {
  context: number | null
  env: NodeJS.ProcessEnv
  onFile: (name: string) => void
}

/** How deep a folder is looked through, and how many files of it are read. */
const DEEPEST = 4
const MOST_FILES = 2_000
const LOGS = new Set(['.log', '.txt', '.out', '.err', ''])
const SHEETS = new Set(['.yaml', '.yml'])

/** What files and folders tell of memory; those that tell nothing are left out. */
export async function readMemoryFiles(
  paths: readonly { named: string; path: string }[],
  reading: Reading,
): Promise<MemoryFileReport[]> {
  const found: MemoryFileReport[] = []
  for (const { named, path } of paths) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    if ((await stat(path)).isDirectory()) found.push(...(await readFolder(path, named, reading)))
    // oxlint-disable-next-line no-await-in-loop -- see above
    else found.push(...(await readOne(path, named, reading, true)))
  }
  return found
}

async function readFolder(
  path: string,
  named: string,
  reading: Reading,
): Promise<MemoryFileReport[]> {
  const found: MemoryFileReport[] = []
  const folders = [{ path, named, depth: 0 }]
  let left = MOST_FILES
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    // oxlint-disable-next-line no-await-in-loop -- one folder after the other
    const entries = await entriesOf(folder.path)
    if (entries.some(({ name }) => name === 'events.jsonl')) {
      reading.onFile(folder.named)
      // oxlint-disable-next-line no-await-in-loop -- see above
      const loads = await loadsOfSession(folder.path).catch(() => [])
      if (loads.length > 0) found.push({ file: folder.named, kind: 'session', loads })
      continue
    }
    for (const entry of entries) {
      const inside = { path: join(folder.path, entry.name), named: join(folder.named, entry.name) }
      if (entry.isDirectory() && folder.depth < DEEPEST) {
        folders.push({ ...inside, depth: folder.depth + 1 })
      }
      if (!entry.isFile() || left <= 0) continue
      left -= 1
      // oxlint-disable-next-line no-await-in-loop -- see above
      found.push(...(await readOne(inside.path, inside.named, reading, false)))
    }
  }
  return found
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** `isNamed`: whoever names a file means it, whatever it is called. */
async function readOne(
  path: string,
  named: string,
  reading: Reading,
  isNamed: boolean,
): Promise<MemoryFileReport[]> {
  const kind = extname(path).toLowerCase()
  reading.onFile(named)
  if (kind === '.gguf') {
    const options = { ...llamaOptionsOf({}, reading.env) }
    if (reading.context !== null) options.context = reading.context
    const facts = await factsOfGguf(path)
    const { model, parts, bytes, restsOn } = llamaNeed(basename(path), facts, options, {
      on: 'host',
    })
    const need = { model, parts, bytes, restsOn }
    return [{ file: named, kind: 'model', need }]
  }
  if (SHEETS.has(kind)) {
    const load = await runnerSheet(path)
    return load === null ? [] : [{ file: named, kind: 'sheet', loads: [load] }]
  }
  if (!isNamed && !LOGS.has(kind)) return []
  const loads = await new LogFile(path).loads({ isOver: true })
  if (loads.length === 0) return []
  const time = localIso((await stat(path)).mtime)
  return [
    { file: named, kind: 'log', loads: loads.map((load) => loadOfLog(load, basename(path), time)) },
  ]
}
