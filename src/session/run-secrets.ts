import { join } from 'node:path'
import { readStartSync } from '../host/regular-file.ts'
import { knowSecrets } from '../host/secrets.ts'
import { journalName } from './journal/journal-files.ts'
import { LogRedactor } from './projections/log-redactor.ts'

/** A run tells of its plan in the first line of the journal, which also names all of its loadouts. */
const MOST_BYTES = 1024 * 1024

/** What of a run is secret. */
export interface RunSecrets {
  /** Environment variables whose values are blacked out. */
  names: string[]
  /** In the logs of services as well. */
  inLogs: boolean
}

const looked = new Map<string, string[]>()

/**
 * Lets this process know the values that were secret in the run of a session, as far as its environment holds them: the
 * logs of services are as the services wrote them. Returns the names of the variables that it does not hold.
 */
export function knowRunSecrets(directory: string, env = process.env): string[] {
  const missing = looked.get(directory) ?? knowByName(secretsOfRun(directory).names, env)
  looked.set(directory, missing)
  return missing
}

/** As {@link knowRunSecrets}, by the names. */
export function knowByName(names: readonly string[], env = process.env): string[] {
  knowSecrets(names.flatMap((name) => env[name] || []))
  return names.filter((name) => !env[name])
}

/** What the journal of a session says of it; nothing where nobody knows. */
export function secretsOfRun(directory: string): RunSecrets {
  try {
    const start = readStartSync(join(directory, journalName(1)), MOST_BYTES).toString()
    const first: unknown = JSON.parse(start.slice(0, start.indexOf('\n')))
    const { plan } = first as { plan?: { secrets?: unknown; redact_logs?: unknown } }
    const names = Array.isArray(plan?.secrets) ? plan.secrets : []
    return {
      names: names.filter((name) => typeof name === 'string'),
      inLogs: plan?.redact_logs === true,
    }
  } catch {
    return { names: [], inLogs: false }
  }
}

/** Blacks out what services have written since a run died, where its plan wants that. */
export async function blackOutLogs(directory: string): Promise<void> {
  const { names, inLogs } = secretsOfRun(directory)
  if (!inLogs) return
  knowByName(names)
  await new LogRedactor(directory).sweep()
}
