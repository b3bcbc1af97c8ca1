import { readdir } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { JarvisError, messageOf } from '../../errors.ts'
import { interruptedResult } from '../../events/interrupted-result.ts'
import { type JournalScan, scanJournal } from '../../session/projections/journal-scan.ts'
import { readState } from '../../session/projections/state-file.ts'
import type { SessionState } from '../../session/projections/state.ts'
import { Damages } from './damages.ts'
import { DOMAINS } from './domains.ts'
import { incompleteSentence } from './incomplete.ts'
import { isUncompleted, lifeOf, statesOf } from './life.ts'
import { planOf } from './plan-of.ts'
import { serviceOfState } from './service-reports.ts'
import { asResult } from './result-shape.ts'
import { fileResults, type StoredResult } from './stored-results.ts'
import { Story } from './story.ts'
import { readSystemInfo } from './system-info.ts'
import type { SessionReport } from './types.ts'

/**
 * What a session directory says of its run: from the journal, which is read once in pieces; without one from
 * `state.json` and `system_info.yaml`; and where nothing but `{domain}.json` is there, what results tell.
 *
 * @throws JarvisError USAGE for what is no directory, or was written by a newer version of jarvis
 */
export async function readSession(path: string): Promise<SessionReport> {
  return (await readScanned(path)).session
}

/**
 * As {@link readSession}, with what of the journal was learned on the way: results can then be gone through
 * without another look at all of it.
 */
export async function readScanned(
  path: string,
  onResult?: (found: StoredResult) => void | Promise<void>,
): Promise<{ session: SessionReport; scan: JournalScan; stated: SessionState | null }> {
  const directory = resolve(path)
  const files = await filesOf(directory)
  const stated = await readState(directory)
  const [damages, story] = [new Damages(), new Story()]
  const scan = await scanJournal(
    directory,
    (entry) => {
      story.take(entry)
      if (onResult === undefined || entry.type !== 'scenario_ended') return
      void onResult({ result: asResult(entry.result, entry.domain), foreign: false })
    },
    (damage) => damages.line(damage),
  )
  const status = lifeOf(directory, scan, stated)
  if (status === 'running') damages.forgetLastLine()
  await addOtherResults({ directory, scan, damages, story, onResult })
  const running = isUncompleted(status, scan, stated) ? [...scan.running.values()] : []
  for (const started of running) {
    const result = interruptedResult(started)
    story.addResult(result)
    void onResult?.({ result, foreign: false })
  }
  const system = await readSystemInfo(directory, (sentence) => damages.add(sentence))
  const { begin, end } = statesOf(scan, stated)
  const isTold = status !== 'unknown'
  const total = end.totals.total ?? begin.totals.total
  const startedAt = (isTold && begin.started_at) || system.startedAt || story.firstResult
  const endedAt = story.endedAt ?? (status === 'running' ? null : end.updated_at || null)
  const hasJournal = scan.from !== null
  const session: SessionReport = {
    directory,
    name: basename(directory),
    status,
    result: end.result,
    kind: isTold ? begin.kind : null,
    startedAt,
    endedAt,
    duration: story.duration ?? (isTold ? span(startedAt, end.updated_at) : null),
    incomplete: incompleteSentence({
      status,
      result: end.result,
      action: hasJournal ? story.action : begin.action,
      running: story.broken.length > 0 ? story.broken : running.map(({ name }) => name),
      cancelled: story.cancelled,
      lastSeen: story.lastSign ?? (end.updated_at || null),
      total,
      done: sum(story.counts),
    }),
    plan: planOf(isTold ? begin.plan : null, system.plan),
    host: system.host,
    git: system.git,
    runtime: system.runtime,
    engines: system.engines,
    total,
    counts: story.counts,
    loadouts: story.loadouts.list(begin.loadouts),
    services: hasJournal ? story.services.list : servicesOf(stated),
    vramPeak: story.loadouts.vramPeak,
    errors: story.errors,
    gates: story.gates,
    damage: damages.sentences,
    files,
  }
  return { session, scan, stated }
}

/** Names of the files in a directory, in order. */
async function filesOf(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .toSorted()
  } catch (error) {
    const what = `${directory} cannot be read as a session (${messageOf(error)})`
    throw new JarvisError('USAGE', `${what}: name a directory.`, { cause: error })
  }
}

async function addOtherResults(reading: {
  directory: string
  scan: JournalScan
  damages: Damages
  story: Story
  onResult: ((found: StoredResult) => void | Promise<void>) | undefined
}): Promise<void> {
  const { directory, scan, damages, story, onResult } = reading
  for (const domain of DOMAINS) {
    let added = 0
    const tell = (sentence: string): void => damages.add(sentence)
    // oxlint-disable-next-line no-await-in-loop -- one file after the other, each in pieces
    for await (const found of fileResults(directory, scan, domain, tell)) {
      const { result } = found
      await onResult?.(found)
      story.addResult(result)
      scan.running.delete(result.id)
      added += 1
    }
    if (added > 0 && scan.from !== null) damages.notInJournal(domain, added)
  }
}

function servicesOf(state: SessionState | null): SessionReport['services'] {
  return (state?.services ?? []).map((service) => serviceOfState(service))
}

/** Seconds between two times; null where one is not known. */
function span(from: string | null, to: string): number | null {
  const seconds = (Date.parse(to) - Date.parse(from ?? '')) / 1_000
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null
}

function sum(counts: SessionReport['counts']): number {
  return Object.values(counts).reduce((all, some) => all + some, 0)
}
