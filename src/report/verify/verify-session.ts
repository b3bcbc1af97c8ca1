import { basename, resolve } from 'node:path'
import { type JournalScan, scanJournal } from '../../session/projections/journal-scan.ts'
import { StoryCheck } from '../../session/recovery/story.ts'
import { readSession } from '../session/read-session.ts'
import type { SessionReport } from '../session/types.ts'
import { damageDifference, leftovers, planDifferences } from './differences.ts'
import { NamedFilesCheck } from './named-files.ts'
import { secretFindings } from './secret-findings.ts'
import { stateDifferences } from './state-differences.ts'
import { readStory, storyDifferences } from './story-differences.ts'
import { TelemetryCheck } from './telemetry-check.ts'
import type { Difference, Verification } from './types.ts'

const UNHELD =
  'state.json, progression.log and telemetry.csv are not held against a journal that is damaged itself.'

/**
 * Whether a session is whole and agrees with itself: the check values of its journal, what is made of the journal, and
 * the files that results name. Check values tell damage; who forges a session writes them anew. Nothing is changed.
 *
 * @throws JarvisError USAGE for what is no session, or was written by a newer version of jarvis
 */
export async function verifySession(path: string): Promise<Verification> {
  const directory = resolve(path)
  const named = new NamedFilesCheck(directory)
  let results = 0
  const session = await readSession(directory, (result) => {
    results += 1
    named.take(result)
  })
  const story = new StoryCheck(await readStory(directory))
  const telemetry = await TelemetryCheck.open(directory)
  let isDamaged = false
  const scan = await scanJournal(directory, {
    keepsRows: false,
    onDamage: () => void (isDamaged = true),
    onEntry(entry) {
      story.take(entry)
      telemetry.take(entry)
      if (entry.type === 'service_spawned') named.takeLog(entry.log)
    },
  })
  const differences: Difference[] = []
  const notes: string[] = []
  const why = whyUnknown(session, scan)
  if (why === null) {
    differences.push(...session.damage.map(damageDifference))
    if (scan.run.end === null) differences.push(unended(session))
    else if (isDamaged) notes.push(UNHELD)
    else {
      differences.push(...(await stateDifferences(directory, scan)))
      differences.push(...storyDifferences(story.end()), ...telemetry.end())
    }
    differences.push(...(await named.end()))
    differences.push(...(await planDifferences(directory, session.files, scan.run)))
    differences.push(...leftovers(session.files))
    const secrets = await secretFindings(directory, session.files)
    differences.push(...secrets.differences)
    notes.push(...secrets.notes)
  }
  const verdict = why !== null ? 'unknown' : differences.length === 0 ? 'intact' : 'differs'
  const looked = { events: scan.run.seq ?? 0, results, ...named.looked }
  const judgement = { ...session.judgement, ...(why !== null && { sentence: why }) }
  const [name, hasEnd] = [basename(directory), scan.run.end !== null]
  return { name, directory, verdict, hasEnd, judgement, differences, notes, looked }
}

/** Why a session cannot be judged; null where it can. */
function whyUnknown({ judgement, elsewhere }: SessionReport, scan: JournalScan): string | null {
  const { verdict, sentence } = judgement
  if (scan.run.seq === null) return `There is no journal to hold it against. ${sentence}`
  if (scan.run.end !== null) return null
  if (verdict === 'running') return sentence
  return elsewhere === null ? null : sentence
}

function unended({ judgement }: SessionReport): Difference {
  if (judgement.verdict === 'cut_off') {
    const what = `is cut off. ${judgement.sentence.replace(/\.$/, '')}`
    return { file: 'events.jsonl', what, mendable: true }
  }
  const what = 'has no end: the run died, and nobody has completed what it left'
  return { file: 'events.jsonl', what, mendable: true }
}
