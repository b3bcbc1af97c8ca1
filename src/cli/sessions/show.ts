import { type ScenarioResult, wrongOf } from '../../events/index.ts'
import {
  DOMAINS,
  outcomeOf,
  readRun,
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
    const failed = values.failed === true
    const isShort = !failed && values.json !== true
    const session = await (isShort ? showShort : showAll)(directory, terminal, values)
    const { judgement, result, counts } = session
    const isWell = WELL.has(judgement.verdict) && (result === null || result === 'PASSED')
    return isWell && wrongOf(counts) === 0 ? 0 : 1
  },
}

/** The overview takes one reading of the journal: the first results that did not pass are kept on the way. */
async function showShort(directory: string, terminal: Terminal): Promise<SessionReport> {
  const wrong = new Map(DOMAINS.map((domain) => [domain, [] as ScenarioResult[]]))
  const session = await readSession(directory, (result) => {
    const those = wrong.get(result.domain)
    if (isWrong(result) && those !== undefined && those.length < MOST_FAILURES) those.push(result)
  })
  const first = [...wrong.values()].flat().slice(0, MOST_FAILURES)
  terminal.write(`${sessionLines(session, terminal.colors).join('\n')}\n`)
  if (first.length > 0) terminal.write('\n')
  await writeFailures(directory, first, terminal)
  const more = wrongOf(session.counts) - first.length
  if (more > 0) terminal.write(`\n${more} more; jarvis show ${session.name} --failed\n`)
  return session
}

/** All results, or all that did not pass, one by one. */
async function showAll(
  directory: string,
  terminal: Terminal,
  { failed = false, json = false }: { failed?: boolean; json?: boolean },
): Promise<SessionReport> {
  const { session, results } = await readRun(directory)
  const wanted = failed ? onlyWrong(results()) : results()
  if (json) {
    const head = { ...(snakeCase(session) as object), outcome: outcomeOf(session) }
    await writeJson(head, wanted, terminal)
  } else {
    const shown = await writeFailures(directory, wanted, terminal)
    if (shown === 0) terminal.write('Nothing failed or is missing.\n')
  }
  return session
}

async function* onlyWrong(results: AsyncIterable<ReportedResult>): AsyncGenerator<ReportedResult> {
  for await (const result of results) if (isWrong(result)) yield result
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

async function writeFailures(
  directory: string,
  results: Iterable<ScenarioResult> | AsyncIterable<ScenarioResult>,
  terminal: Terminal,
): Promise<number> {
  const output = await openOutput(undefined, terminal)
  let shown = 0
  for await (const result of results) {
    const lines = await failureLines(directory, result, terminal.colors)
    await output.write(`${shown === 0 ? '' : '\n'}${lines.join('\n')}\n`)
    shown += 1
  }
  return shown
}
