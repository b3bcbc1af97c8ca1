import { createHash } from 'node:crypto'
import type { RunFold } from '../../events/index.ts'
import { readSystemInfo } from '../session/system-info.ts'
import type { Difference } from './types.ts'

/** What is made of the journal, so that it can be made anew. */
const MADE = /^[\w-]+\.json (?:is not there|does not hold)/
const SENTENCE = /^(?<file>[\w.-]+\.\w+):? (?<what>.*)\.$/s
const LEFT = /\.tmp$|^recovery\.lock/

/** A sentence about what cannot be read of a session, as what of which file differs. */
export function damageDifference(sentence: string): Difference {
  const { file, what } = SENTENCE.exec(sentence)?.groups ?? {}
  const mendable = MADE.test(sentence)
  if (file !== undefined && what !== undefined) {
    return { file, what: what.replace(/^it /, 'is not whole: it '), mendable }
  }
  return { file: 'events.jsonl', what: `is not whole: ${sentence.replace(/\.$/, '')}`, mendable }
}

/** What writers that were ended in the middle have left. */
export function leftovers(files: readonly string[]): Difference[] {
  const what = 'was left by a writer that was ended in the middle'
  return files.filter((file) => LEFT.test(file)).map((file) => ({ file, what, mendable: true }))
}

/** Whether the plan in `system_info.yaml` is the one whose digest stands there. One that was blacked out has none. */
export async function planDifferences(
  directory: string,
  files: readonly string[],
  { end, done }: RunFold,
): Promise<Difference[]> {
  const file = 'system_info.yaml'
  if (!files.includes(file)) {
    // It is there before the first scenario; a run may die before.
    const isNeeded = done > 0 || end?.recorded_by === 'run'
    return isNeeded ? [{ file, what: 'is not there', mendable: false }] : []
  }
  const { plan } = await readSystemInfo(directory)
  if (plan === null) return [{ file, what: 'does not hold the plan', mendable: false }]
  const { content, sha256 } = plan
  if (content === null || sha256 === null || content.includes('[redacted]')) return []
  const digest = createHash('sha256').update(content).digest('hex')
  if (digest === sha256) return []
  return [{ file, what: 'holds another plan than the one whose digest it states', mendable: false }]
}
