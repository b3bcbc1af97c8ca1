import { resolve } from 'node:path'
import { nameCause, type ScenarioResult } from '../../events/index.ts'
import { deriverOf, needsFile } from './derive.ts'
import { readScanned, type Scanned } from './read-session.ts'
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
): Promise<{ session: SessionReport; results: () => AsyncGenerator<ReportedResult> }> {
  const scanned = await (onResult === undefined
    ? readScanned(path, undefined, { onSample })
    : heard(path, onResult, { onSample }))
  return { session: scanned.session, results: () => scannedResults(scanned) }
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

async function* scannedResults({
  session: { directory },
  scan,
  cutOff,
  domains,
  covered,
}: Scanned): AsyncGenerator<ReportedResult> {
  const named = <Result extends ScenarioResult>(result: Result): Result => {
    nameCause(scan.run, result)
    return result
  }
  const derive = deriverOf(directory)
  for (const domain of domains) {
    for await (const result of journalResults(scan, domain)) yield derive(named(result), false)
    if (!covered.has(domain)) {
      for await (const { result, foreign } of fileResults(directory, scan, domain)) {
        yield derive(named(result), foreign)
      }
    }
    for (const result of cutOff) if (result.domain === domain) yield { ...result, derived: [] }
  }
}
