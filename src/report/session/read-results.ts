import { resolve } from 'node:path'
import { type Domain, nameCause, type ScenarioResult } from '../../events/index.ts'
import type { Glance } from '../../session/journal/journal-line.ts'
import { deriverOf, needsFile } from './derive.ts'
import { readScanned, type Scanned } from './read-session.ts'
import { type HandedRun, handed, received } from './run-rows.ts'
import { fileResults, journalResults, type StoredResult } from './stored-results.ts'
import type { ReportedResult, ReportedSample, SessionReport } from './types.ts'

/**
 * Every result of a session, one by one: by domain, in the order of the journal, then what only `{domain}.json`
 * holds, then, where a run died and nobody has completed it yet, what was running, as INTERRUPTED. No more
 * than a few of them are held.
 *
 * @yields one result after the other
 * @throws JarvisError USAGE for a session that a newer version of jarvis wrote
 */
export async function* readResults(directory: string): AsyncGenerator<ReportedResult> {
  yield* scannedResults(await readScanned(directory))
}

type Take = (result: ReportedResult) => Promise<unknown> | undefined

/** A session that was read, and its results, as often as they are asked for: those that were there then. */
export interface ReadRun {
  session: SessionReport
  results: () => AsyncGenerator<ReportedResult>
  /**
   * The same results, each given to `take`, which is waited for where it asks for that: of a hundred thousand this is
   * done in half of the time. `wants` is asked once of each, in order: what it does not want is not read again where that
   * can be told without.
   */
  each: (take: Take, wants?: (glance: Glance) => boolean) => Promise<void>
  /** All of it for another thread: see {@link receivedRun}. */
  hand: () => HandedRun
}

/**
 * A session and its results, which can be gone through more than once while its journal is read whole only once:
 * they are those that were there then. `onResult` hears of each during that one reading; only within a
 * domain and only nearly in their order. `onSample` hears of the samples that the journal holds.
 *
 * @throws JarvisError USAGE for what is no directory, or was written by a newer version of jarvis
 */
export async function readRun(
  path: string,
  onResult?: (result: ReportedResult) => void,
  onSample?: (sample: ReportedSample) => void,
): Promise<ReadRun> {
  const scanned = await (onResult === undefined
    ? readScanned(path, undefined, { onSample })
    : heard(path, onResult, { onSample }))
  return runOf(scanned)
}

/** A run that another thread has read. */
export function receivedRun(run: HandedRun): ReadRun {
  return runOf(received(run))
}

function runOf(scanned: Scanned): ReadRun {
  return {
    session: scanned.session,
    results: () => scannedResults(scanned),
    each: (take, wants) => eachResult(scanned, take, wants),
    hand: () => handed(scanned),
  }
}

/**
 * A session, whose results are heard of as {@link readRun} gives them, without what their texts are counted for, and
 * then forgotten.
 *
 * @throws JarvisError USAGE for what is no directory, or was written by a newer version of jarvis
 */
export async function hearRun(
  path: string,
  onResult: (result: ReportedResult) => void,
): Promise<SessionReport> {
  return (await heard(path, onResult, { isGoneThroughAgain: false, isOfTexts: false })).session
}

type HearOptions = Parameters<typeof readScanned>[2] & {
  /** Whether it is computed what texts are counted for. @default true */
  isOfTexts?: boolean
}

async function heard(
  path: string,
  onResult: (result: ReportedResult) => void,
  { isOfTexts = true, ...options }: HearOptions = {},
): Promise<Scanned> {
  const derive = deriverOf(resolve(path), { isOfTexts })
  const later: ScenarioResult[] = []
  const hear = ({ result, foreign }: StoredResult): void | Promise<void> => {
    if (foreign) return Promise.resolve(derive(result, true)).then(onResult)
    // Nothing waits within a journal: what needs a file comes at the end, without the texts it does not need.
    if (needsFile(result)) later.push({ ...result, input_text: null, output_text: null })
    else onResult(derive(result, false) as ReportedResult)
    return undefined
  }
  const scanned = await readScanned(path, hear, options)
  for (const result of later) {
    // oxlint-disable-next-line no-await-in-loop -- one file after the other
    onResult(await derive(result, false))
  }
  return scanned
}

async function* scannedResults(scanned: Scanned): AsyncGenerator<ReportedResult> {
  const { scan, cutOff, domains } = scanned
  const reported = reporterOf(scanned)
  for (const domain of domains) {
    for await (const results of journalResults(scan, domain)) {
      for (const result of results) yield reported({ result, foreign: false })
    }
    for await (const found of otherResults(scanned, domain)) yield reported(found)
    for (const result of cutOff) if (result.domain === domain) yield { ...result, derived: [] }
  }
}

async function eachResult(
  scanned: Scanned,
  take: Take,
  wants: (glance: Glance) => boolean = () => true,
): Promise<void> {
  const { scan, cutOff, domains } = scanned
  const reported = reporterOf(scanned)
  for (const domain of domains) {
    const all = scan.rows.get(domain) ?? []
    const isKnown = all.every(({ glance }) => glance !== undefined)
    const wanted = isKnown ? all.filter(({ glance }) => wants(glance!)) : all
    for await (const results of journalResults({ rows: new Map([[domain, wanted]]) }, domain)) {
      for (const result of results) {
        if (!isKnown && !wants(result)) continue
        const known = reported({ result, foreign: false })
        const pending = take(known instanceof Promise ? await known : known)
        if (pending !== undefined) await pending
      }
    }
    for await (const found of otherResults(scanned, domain)) {
      if (wants(found.result)) await take(await reported(found))
    }
    for (const result of cutOff) {
      if (result.domain === domain && wants(result)) await take({ ...result, derived: [] })
    }
  }
}

/** What only the file of a domain holds. */
async function* otherResults(
  { session: { directory }, scan, covered }: Scanned,
  domain: Domain,
): AsyncGenerator<StoredResult> {
  if (!covered.has(domain)) yield* fileResults(directory, scan, domain)
}

/** A result as reports show it, with its cause and what can be computed. */
function reporterOf({
  session: { directory },
  scan,
}: Scanned): (found: StoredResult) => ReportedResult | Promise<ReportedResult> {
  const derive = deriverOf(directory)
  return ({ result, foreign }) => {
    nameCause(scan.run, result)
    return derive(result, foreign)
  }
}
