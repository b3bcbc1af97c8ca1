import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Domain, ScenarioResult } from '../../events/index.ts'
import { rowBytes } from '../../session/projections/domain-file.ts'
import type { JournalScan } from '../../session/projections/journal-scan.ts'
import { domainFileName } from './domains.ts'
import { isObject, readJsonObjects } from './json-values.ts'
import { asResult, isForeign } from './result-shape.ts'
import { refuseNewer } from './version.ts'

/** A result as it was found. */
export interface StoredResult {
  result: ScenarioResult
  /** Another tool wrote it. */
  foreign: boolean
}

/** A row says at least one of these. */
const NAMING = ['id', 'name', 'scenario', 'file', 'status', 'output_text', 'output_file']

/**
 * The results of one domain that the journal holds, in its order. Those that lie beside each other are read together;
 * each is parsed when it is asked for.
 *
 * @yields some that follow each other
 * @throws JarvisError USAGE for results that a newer version of jarvis wrote
 */
export async function* journalResults(
  { rows }: Pick<JournalScan, 'rows'>,
  domain: Domain,
): AsyncGenerator<Iterable<ScenarioResult>> {
  for await (const some of rowBytes(rows.get(domain) ?? [])) yield parsedRows(some, domain)
}

function* parsedRows(rows: readonly Buffer[], domain: Domain): Generator<ScenarioResult> {
  for (const bytes of rows) {
    const row = parseRow(bytes)
    if (!isObject(row)) continue
    refuseNewer('events.jsonl', row['schema_version'])
    yield asResult(row, domain)
  }
}

/**
 * The results in `{domain}.json` that the journal does not hold: all where there is no journal, none where
 * both are whole.
 *
 * @yields one result after the other
 * @throws JarvisError USAGE for results that a newer version of jarvis wrote
 */
export async function* fileResults(
  directory: string,
  scan: JournalScan,
  domain: Domain,
  onDamage: (sentence: string) => void = () => {},
): AsyncGenerator<StoredResult> {
  const name = domainFileName(domain)
  const path = join(directory, name)
  const rows = scan.rows.get(domain) ?? []
  // What is no file has a size as well, and is told when it is read.
  const size = await stat(path).then(
    (facts) => (facts.isFile() ? facts.size : Infinity),
    () => 0,
  )
  if (size === 0) return
  const known = new Set<string>()
  if (rows.length > 0) {
    for await (const results of journalResults(scan, domain)) {
      for (const { id } of results) known.add(id)
    }
  }
  const tell = (sentence: string): void => onDamage(`${name}: ${sentence}.`)
  for await (const row of readJsonObjects(path, tell)) {
    refuseNewer(name, row['schema_version'])
    if (NAMING.every((key) => row[key] === undefined)) tell('an object in it is no result')
    else {
      const result = asResult(row, domain)
      if (!known.has(result.id)) yield { result, foreign: isForeign(row) }
    }
  }
}

/** The journal may have changed since it was gone through. */
function parseRow(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return null
  }
}
