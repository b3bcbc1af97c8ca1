import {
  outcomeOf,
  readResults,
  readSession,
  type ReportedResult,
  type SessionReport,
} from '../../report/session/index.ts'
import { type Command, oneSession, readArguments, type Terminal } from '../command.ts'
import { findSession } from '../find-session.ts'
import { failureLines, isWrong } from './failure-lines.ts'
import { snakeCase } from './json.ts'
import { openOutput } from './output.ts'
import { sessionLines } from './session-lines.ts'

/** So many results that did not pass are shown in the overview. */
const MOST_FAILURES = 10

/** What a session may be where nothing is wrong with it. */
const WELL = new Set(['whole', 'running', 'results_only'])

/** `jarvis show`: what a session says. */
export const showCommand: Command = {
  summary: 'show a session: what it ran, what failed and why',
  help: [
    'Usage: jarvis show [SESSION] [--failed] [--json]',
    '',
    'Shows a session: its run, machine and loadouts, and the first results that did not pass. SESSION is a name in',
    'logs/ (JARVIS_LOGS), a path, or latest, the newest run of a whole plan; without it the newest session. A run',
    'that was cut off and a directory that holds nothing but {domain}.json are shown as far as they go. The exit code',
    'is 1 where something failed or is missing, or the run was cut off.',
    '',
    '--failed   every result that failed, is missing or was interrupted: message, expected and actual, and the',
    "           service's own lines of that moment",
    '--json     all of it as one object, its results one a line; with --failed those results alone',
    '',
    '  jarvis show',
    '  jarvis show latest --failed',
    '  jarvis show RUN_20260216_231205 --json',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const options = { failed: { type: 'boolean' }, json: { type: 'boolean' } } as const
    const { values, positionals } = readArguments('show', args, options)
    const directory = await findSession(oneSession('show', positionals), terminal)
    const session = await readSession(directory)
    const failed = values.failed === true
    if (values.json === true) {
      const head = { ...(snakeCase(session) as object), outcome: outcomeOf(session) }
      await writeJson(head, resultsOf(directory, failed), terminal)
    } else if (failed) {
      const shown = await writeFailures(directory, Infinity, terminal)
      if (shown === 0) terminal.write('Nothing failed or is missing.\n')
    } else {
      terminal.write(`${sessionLines(session, terminal.colors).join('\n')}\n`)
      if (wrongOf(session) > 0) terminal.write('\n')
      const more = wrongOf(session) - MOST_FAILURES
      await writeFailures(directory, MOST_FAILURES, terminal)
      if (more > 0) terminal.write(`\n${more} more; jarvis show ${session.name} --failed\n`)
    }
    const { judgement, result } = session
    const isWell = WELL.has(judgement.verdict) && (result === null || result === 'PASSED')
    return isWell && wrongOf(session) === 0 ? 0 : 1
  },
}

function wrongOf({ counts }: SessionReport): number {
  return counts.failed + counts.missing + counts.interrupted
}

async function* resultsOf(directory: string, onlyWrong: boolean): AsyncGenerator<ReportedResult> {
  for await (const result of readResults(directory)) if (!onlyWrong || isWrong(result)) yield result
}

async function writeJson(
  head: object,
  results: AsyncIterable<ReportedResult>,
  terminal: Terminal,
): Promise<void> {
  const output = await openOutput(undefined, terminal)
  await output.write(`${JSON.stringify(head, null, 2).slice(0, -2)},\n  "results": [`)
  let between = '\n'
  for await (const result of results) {
    await output.write(`${between}    ${JSON.stringify(result)}`)
    between = ',\n'
  }
  await output.write('\n  ]\n}\n')
}

async function writeFailures(directory: string, most: number, terminal: Terminal): Promise<number> {
  const output = await openOutput(undefined, terminal)
  let shown = 0
  for await (const result of resultsOf(directory, true)) {
    if (shown >= most) break
    const lines = await failureLines(directory, result, terminal.colors)
    await output.write(`${shown === 0 ? '' : '\n'}${lines.join('\n')}\n`)
    shown += 1
  }
  return shown
}
