import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openRegularFile, readFully, readRegularFile } from '../../host/regular-file.ts'
import type { Unknown } from '../shape.ts'

const INDEX = 'model.safetensors.index.json'
/** An index names each tensor once: a hundred bytes for each of some hundred thousand. */
const MOST_INDEX_BYTES = 64 * 1024 * 1024
/** More files than a model is split into. */
const MOST_FILES = 2_000
/** Where the length of a safetensors header stands (huggingface/safetensors, README, "Format"). */
const LENGTH_BYTES = 8

/** Bytes of the tensors of a model: as its index says, else as its files are long without their headers. */
export async function weightsInFolder(folder: string): Promise<number | Unknown> {
  const names = await readdir(folder)
  if (names.includes(INDEX)) {
    const index: unknown = JSON.parse(
      (await readRegularFile(join(folder, INDEX), MOST_INDEX_BYTES)).toString('utf8'),
    )
    const { metadata } = (index ?? {}) as { metadata?: { total_size?: unknown } }
    const total = metadata?.total_size
    if (typeof total === 'number' && total > 0) return total
  }
  const files = names.filter((name) => name.endsWith('.safetensors')).slice(0, MOST_FILES)
  if (files.length === 0) return { unknown: 'it has no safetensors' }
  let sum = 0
  for (const name of files) {
    // oxlint-disable-next-line no-await-in-loop -- one file is open at a time
    sum += await tensorBytes(join(folder, name))
  }
  return sum
}

async function tensorBytes(path: string): Promise<number> {
  const file = await openRegularFile(path)
  try {
    const { size } = await file.stat()
    const length = Buffer.alloc(LENGTH_BYTES)
    await readFully(file, length, 0)
    const header = Number(length.readBigUInt64LE())
    if (header > size)
      throw new Error(`${path} is no safetensors: its header is longer than the file`)
    return size - LENGTH_BYTES - header
  } finally {
    await file.close()
  }
}
