import { join } from 'node:path'
import { parse } from 'yaml'
import { readRegularFile } from '../../host/regular-file.ts'

/** What a session says of what it ran. Null and empty: it does not say. */
export interface RecordedFacts {
  planSha256: string | null
  servicesSha256: string | null
  /** Digests of files of scenarios, by their paths. */
  scenarios: Readonly<Record<string, string>>
  /** Versions of engines, by their names. */
  engines: Readonly<Record<string, string>>
}

const NOTHING: RecordedFacts = {
  planSha256: null,
  servicesSha256: null,
  scenarios: {},
  engines: {},
}
/** It has the plan in it; a larger one is none of ours. */
const MOST_BYTES = 4 * 1024 * 1024

/** What `system_info.yaml` of a session says. */
export async function recordedFacts(directory: string): Promise<RecordedFacts> {
  try {
    const text = await readRegularFile(join(directory, 'system_info.yaml'), MOST_BYTES)
    const info = parse(text.toString(), { logLevel: 'error' }) as Record<string, unknown> | null
    const plan = membersOf(info?.['plan'])
    return {
      planSha256: plan['sha256'] ?? null,
      servicesSha256: plan['services_sha256'] ?? null,
      scenarios: membersOf(info?.['scenarios']),
      engines: membersOf(info?.['engines']),
    }
  } catch {
    return NOTHING
  }
}

/** YAML takes a version such as 1.10, or a digest of digits alone, for a number. */
function membersOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const known = Object.entries(value).filter(([, one]) => ['string', 'number'].includes(typeof one))
  return Object.fromEntries(known.map(([name, one]) => [name, `${one}`]))
}
