import { join } from 'node:path'
import { replaceFile } from '../../host/durable-file.ts'
import { readRegularFile } from '../../host/regular-file.ts'
import { isLoad } from './memory-file.ts'
import type { MemoryLoad } from './types.ts'

/** What somebody has taken over from elsewhere: nothing else holds it. */
const FILE = 'memory-imported.json'
const MOST_BYTES = 64 * 1024 * 1024
const VERSION = 1

/** Loads that were taken over into a folder of sessions; none where there is no such file, or it holds none. */
export async function readImported(logs: string): Promise<MemoryLoad[]> {
  try {
    const text = (await readRegularFile(join(logs, FILE), MOST_BYTES)).toString()
    const value = JSON.parse(text) as { schema_version?: unknown; loads?: unknown } | null
    if (value?.schema_version !== VERSION || !Array.isArray(value.loads)) return []
    return (value.loads as unknown[]).filter((load): load is MemoryLoad => isLoad(load))
  } catch {
    return []
  }
}

/** Takes loads over; those of a file that was taken over before take the place of the older ones. */
export async function importLoads(
  logs: string,
  loads: readonly MemoryLoad[],
): Promise<{ path: string; added: number }> {
  const path = join(logs, FILE)
  const files = new Set(loads.map(({ session }) => session))
  const others = (await readImported(logs)).filter(({ session }) => !files.has(session))
  const lines = [...others, ...loads].map((load) => `    ${JSON.stringify(load)}`)
  const body = `{\n  "schema_version": ${VERSION},\n  "loads": [\n${lines.join(',\n')}\n  ]\n}\n`
  await replaceFile(path, body)
  return { path, added: loads.length }
}
