import type { Domain, ScenarioStatus } from '../../events/index.ts'
import { withoutSequences } from '../../host/plain-text.ts'
import { readLogLines, type ReportedResult } from '../session/index.ts'
import { sharedText, tellingRanges } from '../shared-log.ts'
import { loadoutTitle } from './survey.ts'
import { MAX_CELL_CHARACTERS } from './text.ts'

/** Failures are kept up to so many characters; further ones are read again when they are written. */
const MAX_KEPT_CHARACTERS = 8 * 1024 * 1024
const FIXED_CHARACTERS = 500
/** What is read of a service's log for one failure. */
const MAX_LOG_BYTES = 4_096
const MAX_LOG_LINES = 24
/** Where it wrote nothing meanwhile, what stands so close to that place in its log is told. */
const NEAR_BYTES = 200

/** A result that did not pass, as far as the sheet of failures tells of it. */
export interface Failure {
  domain: Domain
  name: string
  loadout: string
  status: ScenarioStatus
  flags: readonly string[]
  /** Id of what kept it from passing; empty where that is not known. */
  cause: string
  errors: ReportedResult['errors']
  logs: ReportedResult['logs']
  startedAt: string | null
  output: string | null
  /** Row of the result in the sheet of its domain. */
  row: number
}

export function failureOf(result: ReportedResult, row: number): Failure {
  const { domain, name, status, flags, errors, logs, started_at: startedAt } = result
  return {
    domain,
    name,
    status,
    flags,
    cause: result.cause ?? '',
    logs,
    startedAt,
    row,
    loadout: loadoutTitle(result),
    errors: errors.map(({ message, stack, expected, actual }) => ({
      message: short(message),
      ...(stack === undefined ? {} : { stack: short(stack) }),
      ...(expected === undefined ? {} : { expected: short(expected) }),
      ...(actual === undefined ? {} : { actual: short(actual) }),
    })),
    output: result.output_text === null ? null : short(result.output_text),
  }
}

/** The failures of a session while they are few; `isWhole` is false once they are not. */
export class FailureStore {
  #kept: Failure[] = []
  #characters = 0
  isWhole = true

  get kept(): readonly Failure[] {
    return this.#kept
  }

  add(failure: Failure): void {
    if (!this.isWhole) return
    this.#characters += FIXED_CHARACTERS + (failure.output?.length ?? 0)
    for (const { message, stack, expected, actual } of failure.errors) {
      for (const text of [message, stack, expected, actual]) this.#characters += text?.length ?? 0
    }
    this.#kept.push(failure)
    if (this.#characters <= MAX_KEPT_CHARACTERS) return
    this.isWhole = false
    this.#kept = []
  }
}

/** What the services of a failure wrote while it ran: the last lines of each. */
export async function serviceLines(directory: string, { logs: all }: Failure): Promise<string> {
  const logs = tellingRanges(all)
  const texts: string[] = []
  for (const range of logs) {
    // oxlint-disable-next-line no-await-in-loop -- few services, and the order is theirs
    const read = await readLogLines(directory, range, { maxBytes: MAX_LOG_BYTES, near: NEAR_BYTES })
    if (read === null || read.lines.length === 0) continue
    const lines = read.lines.slice(-Math.ceil(MAX_LOG_LINES / logs.length))
    const shared = sharedText(range)
    const isCut = read.cut || lines.length < read.lines.length
    const head = [
      logs.length > 1 || shared !== null ? `${range.service}${inBrackets(shared)}:` : '',
      read.isNear ? 'Nothing meanwhile; just before and after:' : '',
      isCut ? '…' : '',
    ].filter(Boolean)
    texts.push([...head, ...lines.map((line) => withoutSequences(line))].join('\n'))
  }
  return texts.join('\n')
}

const inBrackets = (text: string | null): string => (text === null ? '' : ` (${text})`)

/** One character more than a cell holds, so that the cell says that it was cut. */
function short(text: string): string {
  return text.length > MAX_CELL_CHARACTERS ? text.slice(0, MAX_CELL_CHARACTERS + 1) : text
}
