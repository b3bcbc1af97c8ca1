import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Fault, problemsAfter, type Trial } from './fault-trial.ts'
import { leftBeside, ownJournal, ownSessions, problemsOf } from './own-checker.ts'
import type { Project } from './project.ts'

/** What the plan of the fixture has of scenarios. */
const SCENARIOS = 10
/** How a run says that a file of its session lacks something. */
const TOLD =
  /could not be (?:written|made|kept|read)|are lost|Cannot (?:write|make|take|use)|lacks|was not kept/

/** What only the next start takes away, where nothing could be removed any more. */
const LEFT = /^left behind: |^RUN_\S+ without a journal$|^\.latest-|\brun\.lock/

/** As {@link faultProblems}, also of an error that lasted: what is left is to go with the next run then. */
export async function lastingProblems(
  project: Project,
  fault: Fault,
  trial: Trial,
  scenarios?: number,
): Promise<string[]> {
  const found = faultProblems(project, trial, scenarios)
  if (fault.isLasting !== true || !found.some((one) => LEFT.test(one))) return found
  const later = await problemsAfter(project, [])
  const isOfNext = /^(?:after the next run|the next run ends)/
  return [...found.filter((one) => !LEFT.test(one)), ...later.filter((one) => isOfNext.test(one))]
}

/** What is wrong with a run that met an error, which ended by itself. */
export function faultProblems(
  { root, runtime }: Project,
  trial: Trial,
  scenarios: number = SCENARIOS,
): string[] {
  const { code, output, told } = trial
  const problems = [...trial.problems]
  if (/^\s+at .*[(/:]\d+:\d+\)?$/m.test(output)) problems.push(`a stack: ${output}`)
  // Vitest puts this above what keeps a run from starting.
  if (/[Uu]nhandled(?! Error ⎯+\njarvis: )|Uncaught/.test(output))
    problems.push(`unhandled: ${output}`)
  const logs = join(root, 'logs')
  const [name] = ownSessions(logs)
  if (name === undefined) {
    if (code === 0) problems.push('no session, and the run says that all is well')
    if (!/jarvis: .*[.:]/.test(output)) problems.push(`it does not say why: ${output}`)
    return [...problems, ...leftBeside(logs, runtime)]
  }
  const directory = join(logs, name)
  const isRefused = /Cannot write a session/.test(output)
  const passed = Number(/Tests {2}(?:.* )?(\d+) passed/.exec(output)?.[1] ?? 0)
  if (passed < scenarios && !isRefused && !/FAILED|INTERRUPTED|^ FAIL /m.test(output)) {
    problems.push(`only ${passed} scenarios ran: ${output}`)
  }
  const rows = existsSync(join(directory, 'events.jsonl')) ? ownJournal(directory, true).rows : []
  const whole = problemsOf(directory, { told, isOver: true })
  const isTold = code !== 0 && TOLD.test(output)
  // What was shown must be there whatever happened, and nothing be broken; what else is missing must be told.
  const always = /was told|no array|no JSON|torn|numbers|left behind/
  const serious = whole.filter((one) => always.test(one) || !isTold)
  problems.push(...serious)
  if (rows.length < scenarios && !isTold) {
    problems.push(`${rows.length} results, and exit code ${code}: ${output}`)
  }
  if (code === 0 && readdirSync(directory).some((one) => one.endsWith('.tmp'))) {
    problems.push('it leaves a file that is not whole')
  }
  return [...problems, ...leftBeside(logs, runtime)]
}
