import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Domain, ScenarioResult } from '../../events/index.ts'
import { readRegularFile } from '../../host/regular-file.ts'
import type { RowRange } from '../journal/journal-line.ts'
import { resultShape } from '../journal/result-shape.ts'
import { EMPTY, rowBytes } from '../projections/domain-file.ts'

/** A larger file is not held in memory. */
const MOST_BYTES = 256 * 1024 * 1024
const DOMAIN_FILE = /^(?!state\.json$|.*\.new\.json$)([a-z][a-z0-9_-]*)\.json$/

/** The domains that a session directory has a file of results of. */
export async function domainsWithFile(directory: string): Promise<Domain[]> {
  const names = await readdir(directory).catch(() => [])
  return names.flatMap((name) => {
    const domain = DOMAIN_FILE.exec(name)?.[1]
    return domain === undefined ? [] : [domain as Domain]
  })
}

/**
 * The results in `{domain}.json` that a damaged journal does not hold any more: they came from there, and are all that
 * is left of them. None where the file cannot be read as a whole.
 */
export async function resultsOnlyInJson(
  directory: string,
  domain: Domain,
  rows: RowRange[],
): Promise<ScenarioResult[]> {
  const path = join(directory, `${domain}.json`)
  const facts = await stat(path).catch(() => null)
  if (facts === null || facts.size <= EMPTY.length) return []
  const known = new Set<string>()
  for await (const piece of rowBytes(rows)) for (const row of piece) known.add(row.toString())
  try {
    const found: unknown = JSON.parse((await readRegularFile(path, MOST_BYTES)).toString())
    if (!Array.isArray(found)) return []
    return found
      .filter((row: unknown): row is ScenarioResult => resultShape(row))
      .filter((row) => row.domain === domain && !known.has(JSON.stringify(row)))
  } catch {
    return []
  }
}
