import { visibleJson } from '../../host/plain-text.ts'
import { wrongOf } from '../../events/index.ts'
import {
  outcomeOf,
  readRun,
  type ReportedResult,
  type SessionReport,
} from '../../report/session/index.ts'
import { FlagCounts } from '../../report/doubts.ts'
import { SpeedBook } from '../../report/speed/speed-book.ts'
import { type Command, oneSession, readArguments, type Terminal } from '../command.ts'
import { findSession } from '../find-session.ts'
import { causeLines, isWrong } from './failure-lines.ts'
import { flagLines } from './flag-lines.ts'
import { snakeCase } from './json.ts'
import { openOutput } from './output.ts'
import { sessionLines } from './session-lines.ts'
import { counted } from './words.ts'
import { readGlance, type WrongResults } from './wrong-results.ts'

/** So many causes are shown in the overview. */
const MOST_CAUSES = 10

/** What a session may be where nothing is wrong with it. */
const WELL = new Set(['whole', 'running', 'results_only'])

/** `jarvis show`: what a session says. */
export const showCommand: Command = {
  summary: 'show a session: what it ran, what failed and why',
  help: [
    'Usage: jarvis show [SESSION] [--failed] [--json]',
    '',
    'Shows a session: its run, machine and loadouts, and what did not pass by its causes. SESSION is a name in',
    'logs/ (JARVIS_LOGS), a path, or latest, the newest run of a whole plan; without it the newest session. A run',
    'that was cut off and a directory that holds nothing but {domain}.json are shown as far as they go. The exit code',
    'is 1 where something failed or is missing, or the run was cut off.',
    '',
    '--failed   every result that failed, is missing or was interrupted, by its cause, those with most results first:',
    "           message, expected and actual, and the service's own lines of that moment",
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
    const session = await (values.json ? showJson : showText)(directory, terminal, values)
    const { judgement, result, counts } = session
    const isWell = WELL.has(judgement.verdict) && (result === null || result === 'PASSED')
    return isWell && wrongOf(counts) === 0 ? 0 : 1
  },
}

/** The session, and what did not pass by its causes: the first ones, or with `failed` all of them and nothing else. */
async function showText(
  directory: string,
  terminal: Terminal,
  { failed = false }: { failed?: boolean },
): Promise<SessionReport> {
  const { session, speeds, flags, wrong } = await readGlance(directory)
  const output = await openOutput(undefined, terminal)
  if (!failed) {
    const lines = [
      ...sessionLines(session, speeds, terminal.colors),
      ...flagLines(flags, terminal.colors),
    ]
    await output.write(`${lines.join('\n')}\n`)
  }
  if (failed && wrong.length === 0) await output.write('Nothing failed or is missing.\n')
  if (wrong.length > 0) {
    const results = wrongOf(session.counts)
    const causes = wrong.length < results ? `: ${counted(wrong.length, 'cause')}` : ''
    const title = `${counted(results, 'result')} did not pass${causes}.`
    await output.write(`${failed ? '' : '\n'}${title}\n`)
  }
  const shown: readonly WrongResults[] = failed ? wrong : wrong.slice(0, MOST_CAUSES)
  for (const one of shown) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, in their order
    const lines = await causeLines(directory, one, { colors: terminal.colors, all: failed })
    // oxlint-disable-next-line no-await-in-loop -- see above
    await output.write(`\n${lines.join('\n')}\n`)
  }
  const more = wrong.length - shown.length
  if (more > 0) await output.write(`\n${counted(more, 'more cause')}; ${advice(session)}\n`)
  return session
}

function advice({ name }: SessionReport): string {
  return `jarvis show ${name} --failed`
}

/** All results, or all that did not pass, one by one, for other programs. */
async function showJson(
  directory: string,
  terminal: Terminal,
  { failed = false }: { failed?: boolean },
): Promise<SessionReport> {
  const book = new SpeedBook()
  const flags = new FlagCounts()
  const { session, results } = await readRun(directory, (result) => {
    book.add(result)
    flags.add(result)
  })
  const speeds = snakeCase(book.rankings())
  const head = {
    ...(snakeCase(session) as object),
    outcome: outcomeOf(session),
    speeds,
    flags: flags.list(),
  }
  await writeJson(head, failed ? onlyWrong(results()) : results(), terminal)
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
  await output.write(`${visibleJson(head, 2).slice(0, -2)},\n  "results": [`)
  let between = '\n'
  for await (const result of results) {
    await output.write(`${between}    ${visibleJson(result)}`)
    between = ',\n'
  }
  await output.write('\n  ]\n}\n')
}
