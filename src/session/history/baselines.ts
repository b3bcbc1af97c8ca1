import { join, resolve } from 'node:path'
import { JarvisError, messageOf } from '../../errors.ts'
import { replaceFile } from '../../host/durable-file.ts'
import { localIso } from '../../host/local-time.ts'
import { readRegularFile } from '../../host/regular-file.ts'
import { SESSION_NAME } from '../directory.ts'
import { readState } from '../projections/state-file.ts'

/** A session that others are compared with. */
export interface Baseline {
  /** Name of its directory. */
  session: string
  /** Local time with offset. */
  set_at: string
}

/** `logs/baselines.json`. */
interface BaselinesFile {
  schema_version: number
  baselines: Record<string, Baseline>
}

const FILE = 'baselines.json'
const MOST_BYTES = 16 * 1024 * 1024
/** The only version there has been. */
const VERSION = 1
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/
/** Words that mean something else where a session is named. */
const RESERVED = new Set(['baseline', 'latest', 'previous'])

/**
 * The baselines of a folder of sessions, by name; none where there is no file of them.
 *
 * @throws JarvisError USAGE where the file cannot be read: nobody may then think that there are none
 */
export async function readBaselines(logs: string): Promise<ReadonlyMap<string, Baseline>> {
  const path = join(logs, FILE)
  let text: string
  try {
    text = (await readRegularFile(path, MOST_BYTES)).toString()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw unreadable(path, messageOf(error), error)
  }
  const file = parse(path, text)
  if (file.schema_version > VERSION) {
    const what = `${path} was written by a newer version of jarvis`
    throw new JarvisError('USAGE', `${what} (schema_version ${file.schema_version}): update it.`)
  }
  return new Map(Object.entries(file.baselines))
}

/**
 * Makes a session the baseline of that name, in place of the one that is.
 *
 * @throws JarvisError USAGE for a name that cannot be one
 */
export async function setBaseline(
  logs: string,
  name: string,
  session: string,
  now: Date = new Date(),
): Promise<void> {
  if (!NAME.test(name) || RESERVED.has(name) || SESSION_NAME.test(name)) {
    const what = `${JSON.stringify(name)} cannot be the name of a baseline`
    throw new JarvisError('USAGE', `${what}: take letters, digits and . _ -, up to 64 of them.`)
  }
  const baselines = new Map(await readBaselines(logs))
  baselines.set(name, { session, set_at: localIso(now) })
  await write(logs, baselines)
}

/** Forgets a baseline; the session stays. Returns whether there was one. */
export async function removeBaseline(logs: string, name: string): Promise<boolean> {
  const baselines = new Map(await readBaselines(logs))
  if (!baselines.delete(name)) return false
  await write(logs, baselines)
  return true
}

/**
 * The directory that a baseline, the name of a session under `logs` or a path from `root` means; null where
 * there is none. Whether it holds a session is for its reader to say.
 */
export async function baselineDirectory(
  logs: string,
  named: string,
  root: string,
): Promise<string | null> {
  const baseline = (await readBaselines(logs)).get(named)
  if (baseline !== undefined) return join(logs, baseline.session)
  if (SESSION_NAME.test(named)) return join(logs, named)
  const path = resolve(root, named)
  return (await readState(path).catch(() => null)) === null ? null : path
}

async function write(logs: string, baselines: ReadonlyMap<string, Baseline>): Promise<void> {
  const sorted = [...baselines].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const file: BaselinesFile = { schema_version: VERSION, baselines: Object.fromEntries(sorted) }
  await replaceFile(join(logs, FILE), `${JSON.stringify(file, null, 2)}\n`)
}

function parse(path: string, text: string): BaselinesFile {
  let value: Partial<BaselinesFile> | null
  try {
    value = JSON.parse(text) as Partial<BaselinesFile> | null
  } catch (error) {
    throw unreadable(path, messageOf(error), error)
  }
  const baselines = Object.entries(value?.baselines ?? {})
  const isValid =
    typeof value?.schema_version === 'number' &&
    typeof value.baselines === 'object' &&
    baselines.every(([, one]) => SESSION_NAME.test(String(one?.session)))
  if (isValid) return value as BaselinesFile
  throw unreadable(path, 'it does not hold baselines')
}

function unreadable(path: string, why: string, cause?: unknown): JarvisError {
  const advice = 'mend it, or remove it and set the baselines again'
  return new JarvisError('USAGE', `Cannot read ${path} (${why}): ${advice}.`, { cause })
}
