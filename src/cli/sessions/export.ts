import { clean } from '../../dashboard/text.ts'
import { visibleJson } from '../../host/plain-text.ts'
import { JarvisError } from '../../errors.ts'
import { readResults, readSession, type SessionReport } from '../../report/session/index.ts'
import { type Command, readArguments, say, type Terminal } from '../command.ts'
import { completeDead, findSession, logsFolder } from '../find-session.ts'
import { sessionsByTime } from '../../session/sessions-by-time.ts'
import { csvTable, ownKeys } from './csv.ts'
import { openOutput, type Output } from './output.ts'
import { Progress } from './progress.ts'
import { counted } from './words.ts'

const BYTE_ORDER_MARK = '\u{feff}'
const FORMATS = ['csv', 'jsonl'] as const
type Format = (typeof FORMATS)[number]

/** So many sentences are said of what of a session cannot be read. */
const MOST_SENTENCES = 5

/** `jarvis export`: the results of sessions for other programs. */
export const exportCommand: Command = {
  summary: 'write the results of sessions as CSV or JSON lines',
  help: [
    'Usage: jarvis export [SESSION ... | --all] [--format csv|jsonl] [--output FILE] [--bom]',
    '',
    'Writes all results of one or many sessions: of the newest one in logs/ (JARVIS_LOGS), of those that are named',
    'or whose paths are given (latest: the newest run of a whole plan), or of all. To the standard output, or to FILE,',
    'whose ending also says the format.',
    '',
    '--format csv    RFC 4180, UTF-8; a column for each metric, empty where it is not known; a text that a',
    '                spreadsheet would take for a formula has an apostrophe before it. The default.',
    '--format jsonl  a result a line as in {domain}.json, with the name of its session; nothing is changed.',
    '--bom           CSV begins with a byte order mark: Excel then takes a file that is opened by a double click',
    '                for UTF-8. Other programs may take the mark for a part of the first title.',
    '',
    '  jarvis export --output results.csv',
    '  jarvis export --all --format jsonl | jq \'select(.status == "FAILED") | .name\'',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const options = {
      all: { type: 'boolean' },
      bom: { type: 'boolean' },
      format: { type: 'string' },
      output: { type: 'string', short: 'o' },
    } as const
    const { values, positionals } = readArguments('export', args, options)
    const format = formatOf(values.format, values.output)
    const directories = await sessionsOf(positionals, values.all === true, terminal)
    const sessions = await readAll(directories, values.all === true)
    for (const session of sessions) {
      for (const line of whatIsNot(session)) say(line)
    }
    const progress = new Progress()
    const output = await openOutput(values.output, terminal)
    try {
      if (values.bom === true && format === 'csv') await output.write(BYTE_ORDER_MARK)
      const write = format === 'csv' ? writeCsv : writeJsonLines
      const results = await write(sessions, output, progress)
      progress.end()
      await output.close()
      if (values.output !== undefined) {
        const what = `${counted(results, 'result')} of ${counted(sessions.length, 'session')}`
        terminal.write(`${what} in ${values.output}\n`)
      }
      return 0
    } catch (error) {
      progress.end()
      await output.discard()
      throw error
    }
  },
}

/** What of a session is not there, or not as it was: results alone do not tell. */
function whatIsNot({ name, judgement: { verdict, sentence }, damage }: SessionReport): string[] {
  if (verdict === 'whole') return []
  const more = damage.filter((one) => !sentence.includes(one.replace(/\.$/, '')))
  const shown = more.slice(0, MOST_SENTENCES).map((one) => `  ${clean(one)}`)
  const left = more.length - shown.length
  return [
    `${clean(name)}: ${clean(sentence)}`,
    ...shown,
    ...(left > 0 ? [`  and ${left} more: jarvis show ${clean(name)}`] : []),
  ]
}

function formatOf(stated: string | undefined, output: string | undefined): Format {
  const ending = /\.(csv|jsonl|json|xlsx)$/i.exec(output ?? '')?.[1]?.toLowerCase()
  if (stated === undefined && ending === 'xlsx') {
    const advice = 'The workbook is made by: jarvis report'
    throw new JarvisError('USAGE', `Expected ${output} to end in .csv or .jsonl. ${advice}`)
  }
  const wanted = stated ?? ending ?? 'csv'
  const format = FORMATS.find((one) => one === wanted)
  if (format !== undefined) return format
  throw new JarvisError('USAGE', `Expected --format to be ${FORMATS.join(' or ')}, got ${wanted}.`)
}

async function sessionsOf(named: string[], all: boolean, terminal: Terminal): Promise<string[]> {
  if (!all) {
    const wanted = named.length === 0 ? [undefined] : named
    return Promise.all(wanted.map((name) => findSession(name, terminal)))
  }
  if (named.length > 0) {
    throw new JarvisError('USAGE', '--all is every session: leave it out, or the names.')
  }
  const logs = logsFolder(terminal)
  await completeDead(logs)
  const places = await sessionsByTime(logs)
  if (places.length === 0) throw new JarvisError('USAGE', `There is no session in ${logs}.`)
  return places.map(({ directory }) => directory)
}

async function writeCsv(
  sessions: readonly SessionReport[],
  output: Output,
  progress: Progress,
): Promise<number> {
  // The titles come first, and what scenarios made up themselves is known only when all was read.
  const own = new Set<string>()
  let read = 0
  for (const { directory } of sessions) {
    // oxlint-disable-next-line no-await-in-loop -- one session after the other, result by result
    for await (const result of readResults(directory)) {
      for (const key of ownKeys(result)) own.add(key)
      read += 1
      progress.tell(() => `Looking through the results: ${read}`)
    }
  }
  const table = csvTable([...own].toSorted())
  await output.write(table.header)
  let results = 0
  for (const session of sessions) {
    // oxlint-disable-next-line no-await-in-loop -- see above
    for await (const result of readResults(session.directory)) {
      await output.write(table.row(result, session))
      results += 1
      progress.tell(() => `Exporting: ${results} of ${read} results`)
    }
  }
  return results
}

async function writeJsonLines(
  sessions: readonly SessionReport[],
  output: Output,
  progress: Progress,
): Promise<number> {
  let results = 0
  for (const { directory, name } of sessions) {
    // oxlint-disable-next-line no-await-in-loop -- one session after the other, result by result
    for await (const result of readResults(directory)) {
      await output.write(`${visibleJson({ session: name, ...result })}\n`)
      results += 1
      progress.tell(() => `Exporting: ${results} results`)
    }
  }
  return results
}

/** Of all sessions one may be of a newer version: the others are exported. */
async function readAll(directories: readonly string[], skips: boolean): Promise<SessionReport[]> {
  const sessions: SessionReport[] = []
  for (const directory of directories) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- each may be large
      sessions.push(await readSession(directory))
    } catch (error) {
      if (!skips || !(error instanceof JarvisError)) throw error
      say(`${error.message} It is left out.`)
    }
  }
  return sessions
}
