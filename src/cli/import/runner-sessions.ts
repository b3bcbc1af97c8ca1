import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { JarvisError, messageOf } from '../../errors.ts'
import { DOMAIN_FORM, inDomainOrder } from '../../events/domain.ts'
import { isObject } from '../../report/session/json-values.ts'

type Row = Record<string, unknown>

/** One run of the Python runner. */
export interface RunnerSession {
  /** Absolute path of its folder. */
  directory: string
  started: Date
  /** What its `system_info.yaml` says; empty where it has none. */
  info: Row
  /** The loadouts of each domain as they stand in the files, in the order of reports. */
  domains: Map<string, Row[]>
  /** Of all that was read. */
  digest: string
}

const RUN_NAME = /^RUN_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)/
const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)/
const DOMAIN_FILE = /^(?:latest_)?(.+)\.json$/i
const MOST_BYTES = 256 * 1024 * 1024

/**
 * The runs of the Python runner in a folder: the folder itself, or those folders in it that are one, oldest first.
 * `refuse` hears of files that look like results and are none.
 *
 * @throws JarvisError USAGE where the folder cannot be read
 */
export async function findRunnerSessions(
  folder: string,
  refuse: (sentence: string) => void,
): Promise<RunnerSession[]> {
  const directory = resolve(folder)
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    const what = `${folder} cannot be read (${messageOf(error)})`
    throw new JarvisError('USAGE', `${what}: name a folder of the Python runner's sessions.`)
  })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const folders = [directory, ...names.toSorted().map((name) => join(directory, name))]
  const found: RunnerSession[] = []
  for (const one of folders) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: each may be large
    const session = await readRunnerSession(one, refuse)
    if (session !== null) found.push(session)
  }
  return found.toSorted((a, b) => a.started.getTime() - b.started.getTime())
}

/** Null for a folder without results of the Python runner. */
async function readRunnerSession(
  directory: string,
  refuse: (sentence: string) => void,
): Promise<RunnerSession | null> {
  const names: string[] = await readdir(directory).catch(() => [])
  names.sort()
  const digest = createHash('sha256')
  const domains = new Map<string, Row[]>()
  let changed = 0
  // Ours has a journal, and its files hold results, not loadouts.
  if (names.includes('events.jsonl')) return null
  for (const name of names) {
    const domain = DOMAIN_FILE.exec(name)?.[1]
      ?.toLowerCase()
      .replaceAll(/[^a-z0-9_-]/g, '_')
    if (domain === undefined || !DOMAIN_FORM.test(domain)) continue
    const path = join(directory, name)
    // oxlint-disable-next-line no-await-in-loop -- few files, in their order
    const read = await readLoadouts(path)
    if ('why' in read) {
      if (read.why !== null) refuse(`${path} ${read.why}: it is left out.`)
      continue
    }
    digest.update(name).update(read.bytes)
    changed = Math.max(changed, read.changed)
    domains.set(domain, [...(domains.get(domain) ?? []), ...read.loadouts])
  }
  if (domains.size === 0) return null
  const info = await readInfo(join(directory, 'system_info.yaml'))
  const ordered = inDomainOrder(domains.keys()).map((name) => [name, domains.get(name)!] as const)
  const started =
    timeOf(TIMESTAMP.exec(String(info['timestamp']))) ??
    timeOf(RUN_NAME.exec(basename(directory))) ??
    new Date(changed)
  return { directory, started, info, domains: new Map(ordered), digest: digest.digest('hex') }
}

/** `why` is null for JSON of something else. */
async function readLoadouts(
  path: string,
): Promise<{ loadouts: Row[]; bytes: Buffer; changed: number } | { why: string | null }> {
  try {
    const facts = await stat(path)
    if (!facts.isFile()) return { why: 'is no file' }
    if (facts.size > MOST_BYTES) return { why: 'is larger than 256 MiB' }
    const bytes = await readFile(path)
    // Python writes NaN, which JSON has not.
    const text = bytes
      .toString()
      .replaceAll(/(?<=[:,[]\s*)(?:NaN|-?Infinity)(?=\s*[,\]}])/g, 'null')
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    const list = Array.isArray(value) ? value.filter(isObject) : []
    const loadouts = list.filter(({ scenarios }) => Array.isArray(scenarios))
    return loadouts.length === 0 ? { why: null } : { loadouts, bytes, changed: facts.mtimeMs }
  } catch (error) {
    return { why: `cannot be read (${messageOf(error)})` }
  }
}

async function readInfo(path: string): Promise<Row> {
  try {
    const info: unknown = parse(await readFile(path, 'utf8'), { logLevel: 'error' })
    return isObject(info) ? info : {}
  } catch {
    return {}
  }
}

/** As local time, which is what the Python runner writes. */
function timeOf(match: RegExpExecArray | null): Date | null {
  if (match === null) return null
  const [year = 0, month = 1, day = 1, hour, minute, second] = match.slice(1).map(Number)
  return new Date(year, month - 1, day, hour, minute, second)
}
