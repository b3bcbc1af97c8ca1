import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { crc32 } from 'node:zlib'
import { replaceFile } from '../../host/durable-file.ts'
import { packageVersion } from '../../host/package-version.ts'
import { readRegularFile } from '../../host/regular-file.ts'
import { fingerprint } from './fingerprint.ts'
import { isObject } from './json-values.ts'
import type { NightNews, SessionSummary } from './types.ts'

const FILE = '.summaries.json'
const MOST_BYTES = 64 * 1024 * 1024
interface Known {
  /** Of the files that it was made of: size, time and inode of each. */
  files: string
  summary: SessionSummary
  /** Beside the nights before it, as they were when it was first listed. */
  news?: NightNews
}

/**
 * Summaries of the sessions of a folder. Those of runs that are over are remembered in the folder, by size, time and
 * inode of the files that they were made of: a list of many reads their journals once.
 */
export class SummaryCache {
  readonly #logs: string
  readonly #known: Map<string, Known>
  #isChanged = false

  private constructor(logs: string, known: Map<string, Known>) {
    this.#logs = logs
    this.#known = known
  }

  /** What is remembered in a folder of sessions; nothing where that cannot be read. */
  static async open(logs: string): Promise<SummaryCache> {
    const folder = resolve(logs)
    return new SummaryCache(folder, await readKnown(join(folder, FILE)))
  }

  /** @throws JarvisError USAGE as {@link readSummary} */
  async read(directory: string): Promise<SessionSummary> {
    const path = resolve(directory)
    const name = basename(path)
    const isOurs = dirname(path) === this.#logs
    const files = isOurs ? fingerprint(path) : ''
    const known = isOurs ? this.#known.get(name) : undefined
    if (known?.files === files) return { ...known.summary, directory: path }
    // What is remembered is told without all that reads a session.
    const { readSummary } = await import('./summary.ts')
    const summary = await readSummary(path)
    if (!isOurs) return summary
    if (isFinal(summary)) this.#known.set(name, { files, summary })
    else this.#known.delete(name)
    this.#isChanged = true
    return summary
  }

  /** What is remembered of a session beside the nights before it; one that was read before. */
  newsOf(directory: string): NightNews | undefined {
    const known = this.#known.get(basename(directory))
    return known?.files === fingerprint(resolve(directory)) ? known.news : undefined
  }

  addNews(directory: string, news: NightNews): void {
    const known = this.#known.get(basename(directory))
    if (known === undefined) return
    known.news = news
    this.#isChanged = true
  }

  /** Remembers what was read; a folder that may not be written does without. */
  async save(): Promise<void> {
    if (!this.#isChanged) return
    const found = [...this.#known].filter(([name]) => existsSync(join(this.#logs, name)))
    const sessions = Object.fromEntries(found)
    const file = { version: packageVersion(), check: checkOf(sessions), sessions }
    await replaceFile(join(this.#logs, FILE), JSON.stringify(file)).catch(() => {})
  }
}

/** Whether nothing but another write to its files can change what is said of it. */
function isFinal({ judgement: { verdict }, result }: SessionSummary): boolean {
  return verdict !== 'running' && (result !== null || verdict === 'results_only')
}

function checkOf(sessions: Record<string, unknown>): number {
  return crc32(JSON.stringify(sessions))
}

async function readKnown(path: string): Promise<Map<string, Known>> {
  try {
    const file: unknown = JSON.parse((await readRegularFile(path, MOST_BYTES)).toString())
    // Another version may judge otherwise, and what somebody has changed tells nothing of sessions.
    if (!isObject(file) || file['version'] !== packageVersion()) return new Map()
    const { sessions } = file
    if (!isObject(sessions) || file['check'] !== checkOf(sessions)) return new Map()
    return new Map(Object.entries(sessions) as [string, Known][])
  } catch {
    return new Map()
  }
}
