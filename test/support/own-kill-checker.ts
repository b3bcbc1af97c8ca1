/*
 * Whether a session of a run that was killed, or lost parts of it, is as it must be. It must not import anything of
 * `src`.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ownJournal, type OwnRow as Row, problemsOf } from './own-checker.ts'

type OwnRow = Row & { loadout: string }

interface KilledRun {
  /** `NAME: STATUS` of what the run printed as done. */
  told: readonly string[]
  /** Its exit code; null where it was killed. */
  code: number | null
  /** The run itself was killed. */
  isEnded: boolean
}

interface OwnEvent {
  type: string
  id?: string
  status?: string
  recorded_by?: string
  plan?: { name: string }
  message?: string
}

/** Scenarios of the file of the fixture, on each of two loadouts. */
const [FILE, SCENARIOS, LOADOUTS] = ['busy', 12, 2]
const NEXT = 'The next run'
/** A worker that was killed in its last hook: no row is otherwise, and the run has failed. */
const LATE = /was lost after its last scenario, and before the end of its hooks/
/** Tells of a process that begins a session, or makes its reports. */
const SIGN = /^\.(?:beginning|reporting)-/

/** What is wrong with it, as sentences. */
export function problemsOfKilled(directory: string, { told, code, isEnded }: KilledRun): string[] {
  if (!existsSync(join(directory, 'events.jsonl'))) return [`${directory} has no journal`]
  const { lines, rows: plain } = ownJournal(directory, true)
  const rows = plain as OwnRow[]
  const events = lines as OwnEvent[]
  const isNext = events[0]?.plan?.name === NEXT
  const problems = problemsOf(directory, { told: isNext ? [] : told, isOver: true })
  const signs = readdirSync(directory).filter((name) => SIGN.test(name))
  if (signs.length > 0) problems.push(`it says that somebody is at it: ${signs.join(', ')}`)
  problems.push(...twice(rows.map(({ id }) => id)).map((id) => `${id} has two results`))
  const ids = new Set(rows.map(({ id }) => id))
  for (const { type, id = '' } of events) {
    if (type === 'scenario_started' && !ids.has(id)) problems.push(`${id} has begun and no result`)
  }
  const { status, recorded_by: by } = events.at(-1) ?? {}
  if (isNext) {
    if (status !== 'PASSED' || rows.length !== 1) problems.push(`the next run is ${status}`)
    return problems
  }
  // It may have come to its end just before it was killed.
  const isOwn = by === 'run'
  if (!isEnded && !isOwn) problems.push(`it was not killed, and ${by} says that it is ${status}`)
  if (!isOwn && status !== 'DIED') problems.push(`${by} says that it is ${status}`)
  if (!isOwn) return problems
  problems.push(...lacking(rows))
  const wasLostLate = events.some(({ type, message }) => type === 'error' && LATE.test(message!))
  return [...problems, ...ownEnd(rows, { status, code: isEnded ? null : code, wasLostLate })]
}

/** A run that came to its end has a result of each scenario, or one of a file that was lost before it was loaded. */
function lacking(rows: readonly OwnRow[]): string[] {
  const loadouts = Map.groupBy(rows, ({ loadout }) => loadout)
  const counts = [...loadouts].map(([loadout, own]) => `${loadout}: ${own.length}`)
  const areWhole = [...loadouts.values()].every(
    (own) => own.length === SCENARIOS || (own.length === 1 && isFile(own[0]!)),
  )
  return areWhole && loadouts.size === LOADOUTS
    ? []
    : [`it ended with ${counts.join(', ')} results`]
}

function isFile({ name, status }: OwnRow): boolean {
  return name === FILE && status !== 'PASSED'
}

/** A run that came to its end says by status and exit code whether all passed. */
function ownEnd(
  rows: readonly OwnRow[],
  how: { status: string | undefined; code: number | null; wasLostLate: boolean },
): string[] {
  const { status, code, wasLostLate } = how
  const allPassed = rows.every((row) => row.status === 'PASSED')
  const problems: string[] = []
  const hasPassed = allPassed && !wasLostLate
  if ((status === 'PASSED') !== hasPassed) problems.push(`it says ${status}, and rows differ`)
  if (code !== null && (code === 0) !== hasPassed)
    problems.push(`exit code ${code}, and rows differ`)
  return problems
}

function twice(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}
