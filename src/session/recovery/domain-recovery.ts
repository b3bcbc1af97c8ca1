import { constants } from 'node:fs'
import { copyFile, lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Domain } from '../../events/index.ts'
import { replaceFile } from '../../host/durable-file.ts'
import { openRegularFile, readFully, readRegularFile } from '../../host/regular-file.ts'
import type { RowRange } from '../journal/journal-line.ts'
import {
  appendRows,
  arraySize,
  BETWEEN,
  CLOSE,
  EMPTY,
  OPEN,
  rowBytes,
} from '../projections/domain-file.ts'

/** A larger file is kept as it is where the journal may have lost what it holds. */
const MOST_BYTES = 256 * 1024 * 1024

/** How the files of results are completed. */
export interface DomainRecovery {
  /** The run had ended, so that a file of the right size is one that was written whole. */
  wasEnded: boolean
  /** The files are compared to the byte. */
  mend: boolean
  /** The journal has lost lines: what only a file holds is kept. */
  isDamaged: boolean
}

/** Writes each `{domain}.json` that does not hold what the journal does. */
export async function completeDomains(
  directory: string,
  rows: ReadonlyMap<Domain, RowRange[]>,
  how: DomainRecovery,
): Promise<void> {
  for (const [domain, some] of rows) {
    const path = join(directory, `${domain}.json`)
    // oxlint-disable-next-line no-await-in-loop -- at most five, each of which may be large
    if (how.mend ? await holds(path, some) : how.wasEnded && (await hasSize(path, some))) continue
    // oxlint-disable-next-line no-await-in-loop -- see above
    const kept = how.isDamaged || how.mend ? await lostByJournal(path, some, how) : []
    if (kept === null) continue
    // oxlint-disable-next-line no-await-in-loop -- see above
    if (kept.length === 0) await appendRows(path, 0, some)
    // oxlint-disable-next-line no-await-in-loop -- see above
    else await replaceFile(path, await arrayOf(some, kept))
  }
}

async function hasSize(path: string, rows: RowRange[]): Promise<boolean> {
  const size = await stat(path).then(
    (facts) => facts.size,
    () => null,
  )
  return size === arraySize(rows)
}

/** Whether a file holds just these rows. */
async function holds(path: string, rows: RowRange[]): Promise<boolean> {
  const file = await openRegularFile(path).catch(() => null)
  if (file === null) return false
  let position = 0
  const goesOn = async (...parts: (Buffer | string)[]): Promise<boolean> => {
    const expected = Buffer.concat(parts.map((part) => Buffer.from(part)))
    const found = Buffer.alloc(expected.length)
    const read = await readFully(file, found, position)
    position += read
    return read === expected.length && found.equals(expected)
  }
  try {
    if ((await file.stat()).size !== arraySize(rows)) return false
    if (rows.length === 0) return await goesOn(EMPTY)
    let before = OPEN
    for await (const piece of rowBytes(rows)) {
      const parts = piece.flatMap((row, index) => [index === 0 ? before : BETWEEN, row])
      if (!(await goesOn(...parts))) return false
      before = BETWEEN
    }
    return await goesOn(CLOSE)
  } finally {
    await file.close()
  }
}

/**
 * Results that a file holds and the journal does not, as JSON; null where the file holds all that the journal does as
 * well. A file that cannot be read is kept beside it where the journal cannot either.
 */
async function lostByJournal(
  path: string,
  rows: RowRange[],
  { isDamaged }: DomainRecovery,
): Promise<Buffer[] | null> {
  const bytes = await readRegularFile(path, MOST_BYTES).catch(() => null)
  if (bytes === null) return []
  const values = parsed(bytes)
  if (!Array.isArray(values)) {
    if (isDamaged && (await lstat(path)).isFile()) {
      await copyFile(path, `${path}.damaged`, constants.COPYFILE_EXCL).catch(() => {})
    }
    return []
  }
  const held = new Map(values.map((value) => [idOf(value), JSON.stringify(value)]))
  held.delete(undefined)
  let holdsAll = true
  for await (const piece of rowBytes(rows)) {
    for (const row of piece) {
      const text = row.toString()
      const id = idOf(parsed(row))
      if (held.get(id) !== text) holdsAll = false
      held.delete(id)
    }
  }
  if (holdsAll && held.size > 0) return null
  return [...held.values()].map((text) => Buffer.from(text))
}

async function arrayOf(rows: RowRange[], kept: Buffer[]): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const piece of rowBytes(rows)) all.push(...piece)
  all.push(...kept)
  const parts = all.flatMap((row, index) => [Buffer.from(index === 0 ? OPEN : BETWEEN), row])
  return Buffer.concat([...parts, Buffer.from(CLOSE)])
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return null
  }
}

function idOf(value: unknown): string | undefined {
  const id: unknown = (value as { id?: unknown } | null)?.id
  return typeof id === 'string' ? id : undefined
}
