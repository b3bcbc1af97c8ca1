import { basename } from 'node:path'
import { JarvisError } from '../../errors.ts'
import {
  type Domain,
  type JournalEntry,
  loadoutKey,
  type RunFold,
  type ScenarioResult,
} from '../../events/index.ts'
import type { RowRange } from '../journal/journal-line.ts'
import type { JournalDamage, JournalTail } from '../journal/journal-reader.ts'
import { damageOfEnd } from '../judgement.ts'
import { scanJournal } from '../projections/journal-scan.ts'

/** What is known of a result that stands. */
export interface KnownResult extends Pick<
  ScenarioResult,
  'id' | 'name' | 'status' | 'repeat' | 'duration' | 'cause' | 'retries' | 'cold'
> {
  /** Number of its event. */
  seq: number
  /** Its loadout was up. */
  wasUp: boolean
  /** What it said, of one that failed. */
  messages: readonly string[]
  /** Of one that is one of several repeats. */
  metrics: ScenarioResult['metrics']
}

/** What is there of a file on a loadout. */
export interface KnownFile {
  domain: Domain
  loadout: string
  file: string
  /** All scenarios that it has gave their results. */
  hasEnded: boolean
  results: KnownResult[]
}

/** Where a run stopped, and what of it is there. */
export interface ResumePoint {
  /** Absolute. */
  directory: string
  run: RunFold
  rows: ReadonlyMap<Domain, RowRange[]>
  tail: JournalTail
  /** By {@link fileKey}. */
  files: ReadonlyMap<string, KnownFile>
  /** Versions that services told, by their names in `system_info.yaml`. */
  told: Readonly<Record<string, string>>
  /** What of the journal is not as it was written, a sentence each. */
  damage: readonly string[]
}

const MOST_MESSAGES = 10
const LONGEST_MESSAGE = 2_000

/**
 * Reads what a session holds, so that its run can go on.
 *
 * @throws JarvisError USAGE for one without a journal
 */
export async function readResumePoint(directory: string): Promise<ResumePoint> {
  const files = new Map<string, KnownFile>()
  const told: Record<string, string> = {}
  const bad: JournalDamage[] = []
  const { run, rows, tail, holes } = await scanJournal(directory, {
    onDamage: (damage) => void bad.push(damage),
    onEntry(entry, _, stands) {
      if (entry.type === 'file_ended') fileOf(files, entry).hasEnded = true
      else if (entry.type === 'model_ready') Object.assign(told, entry.engines)
      else if (entry.type === 'scenario_ended' && stands) {
        const { domain, loadout, file } = entry.result
        fileOf(files, { domain, loadout, file }).results.push(known(entry))
      }
    },
  })
  if (tail === null || run.begin === null) {
    const what = `${basename(directory)} has no journal that tells how its run began`
    throw new JarvisError('USAGE', `${what}: it cannot be resumed. Start a new run: jarvis run`)
  }
  const damage = [...damageOf(bad, holes), ...damageOfEnd(run)]
  return { directory, run, rows, tail, files, told, damage }
}

/** A line that was never finished is no loss where every event is there. */
function damageOf(bad: readonly JournalDamage[], holes: number): string[] {
  const told = holes === 0 ? bad.filter(({ kind }) => kind !== 'torn') : bad
  const [first] = told
  if (first === undefined) return holes > 0 ? ['The journal lacks events'] : []
  const more = told.length > 1 ? ` (and ${told.length - 1} more lines)` : ''
  return [`It is damaged: line ${first.line} of ${first.file} is not as it was written${more}`]
}

/** Names a file on its loadout. */
export function fileKey({ file, ...loadout }: Pick<KnownFile, 'domain' | 'loadout' | 'file'>) {
  return `${loadoutKey(loadout)}|${file}`
}

function fileOf(
  files: Map<string, KnownFile>,
  { domain, loadout, file }: Pick<KnownFile, 'domain' | 'loadout' | 'file'>,
): KnownFile {
  const key = fileKey({ domain, loadout, file })
  const there = files.get(key) ?? { domain, loadout, file, hasEnded: false, results: [] }
  files.set(key, there)
  return there
}

function known({ seq, result }: Extract<JournalEntry, { type: 'scenario_ended' }>): KnownResult {
  const { id, name, status, repeat, duration, cause, retries, cold, metrics, errors } = result
  const messages =
    status === 'FAILED'
      ? errors.slice(0, MOST_MESSAGES).map(({ message }) => message.slice(0, LONGEST_MESSAGE))
      : []
  const wasUp = result.setup_time !== null
  return { seq, id, name, status, repeat, duration, cause, retries, cold, wasUp, messages, metrics }
}
