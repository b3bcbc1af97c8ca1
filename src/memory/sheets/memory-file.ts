import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readRegularFile } from '../../host/regular-file.ts'
import { sheetsOf } from './sheets-of.ts'
import type { MemoryFile, MemoryLoad, Sheet } from './types.ts'

/** Beside the sessions. All that it holds stands in them: whoever removes it loses nothing. */
const FILE = 'memory.json'
const MOST_BYTES = 64 * 1024 * 1024
/** The only version there has been. */
const VERSION = 1

/** What is known of the sessions of a folder. */
export interface Known {
  /** Bytes of the journals that were read, by session. */
  sessions: Map<string, number>
  loads: MemoryLoad[]
  /** A newer version of jarvis has written it, and it is left as it is. */
  isNewer: boolean
}

/** Where the sheets of a folder of sessions lie. */
export function memoryPath(logs: string): string {
  return join(logs, FILE)
}

/** What the file holds; nothing where it is not there, or is none. */
export async function readKnown(logs: string): Promise<Known> {
  const file = await parsed(memoryPath(logs))
  if (file === null) return { sessions: new Map(), loads: [], isNewer: false }
  if (file.schema_version > VERSION) return { sessions: new Map(), loads: [], isNewer: true }
  return {
    sessions: new Map(Object.entries(file.sessions)),
    loads: file.sheets.flatMap(({ loads }) => loads),
    isNewer: false,
  }
}

/** The sheets of a folder of sessions as they were made last; none where there is no file of them, or a newer one. Never rejects. */
export async function readSheets(logs: string): Promise<readonly Sheet[]> {
  const file = await parsed(memoryPath(logs))
  return file === null || file.schema_version > VERSION ? [] : file.sheets
}

/**
 * Writes what is known: whoever reads meanwhile has the old file or the new one whole. Of two that write at once the later
 * one stays, and what it lacks is read again from the sessions.
 */
export async function writeKnown(logs: string, { sessions, loads }: Known): Promise<Sheet[]> {
  const sheets = sheetsOf(loads)
  const path = memoryPath(logs)
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(textOf(sessions, sheets))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  return sheets
}

/** A sheet and each of its loads have a line of their own. */
function textOf(sessions: ReadonlyMap<string, number>, sheets: readonly Sheet[]): string {
  const names = Object.fromEntries([...sessions].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const body = sheets.map(({ loads, ...head }) => {
    const lines = loads.map((load) => `        ${JSON.stringify(load)}`).join(',\n')
    return `    ${JSON.stringify(head).slice(0, -1)},"loads":[\n${lines}\n      ]}`
  })
  const list = body.length === 0 ? '[]' : `[\n${body.join(',\n')}\n  ]`
  return `{\n  "schema_version": ${VERSION},\n  "sessions": ${JSON.stringify(names)},\n  "sheets": ${list}\n}\n`
}

async function parsed(path: string): Promise<MemoryFile | null> {
  try {
    const value: unknown = JSON.parse((await readRegularFile(path, MOST_BYTES)).toString())
    return isMemoryFile(value) ? value : null
  } catch {
    return null
  }
}

/** Somebody may have edited it: then it is none, and is made again. */
function isMemoryFile(value: unknown): value is MemoryFile {
  if (!isObject(value) || typeof value['schema_version'] !== 'number') return false
  if (value['schema_version'] > VERSION) return true
  const { sessions, sheets } = value
  if (!isObject(sessions) || !Array.isArray(sheets)) return false
  const isCounted = Object.values(sessions).every((bytes) => Number.isSafeInteger(bytes))
  return isCounted && sheets.every((sheet) => isSheet(sheet))
}

function isSheet(value: unknown): boolean {
  if (!isObject(value) || !isKey(value) || !Array.isArray(value['loads'])) return false
  if (!Array.isArray(value['contexts']) || !Array.isArray(value['from'])) return false
  return value['loads'].every((load) => isLoad(load))
}

/** Whether somebody's JSON is a load. */
export function isLoad(value: unknown): boolean {
  if (!isObject(value) || !isKey(value) || !isObject(value['parts'])) return false
  const onGpus = value['gpu_parts']
  if (onGpus !== null && !isObject(onGpus)) return false
  const sizes = [
    ...Object.values(value['parts']),
    ...Object.values(onGpus ?? {}),
    ...['gpu_bytes', 'process_bytes', 'peak_bytes', 'predicted_bytes', 'context', 'kv_tokens']
      .map((name) => value[name])
      .filter((size) => size !== null),
  ]
  const isTold = typeof value['session'] === 'string' && typeof value['time'] === 'string'
  return isTold && sizes.every((size) => Number.isSafeInteger(size))
}

function isKey(value: Record<string, unknown>): boolean {
  const texts = ['version', 'quantisation', 'kv_type', 'device', 'digest']
  return (
    typeof value['engine'] === 'string' &&
    typeof value['model'] === 'string' &&
    texts.every((name) => value[name] === null || typeof value[name] === 'string')
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
