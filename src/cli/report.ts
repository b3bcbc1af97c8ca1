import { visibleJson } from '../host/plain-text.ts'
import { dirname, relative } from 'node:path'
import { clean } from '../dashboard/text.ts'
import type { MadeReports } from '../report/launch.ts'
import { SummaryCache } from '../report/session/index.ts'
import {
  type Command,
  COULD_NOT_RUN,
  oneSession,
  readArguments,
  say,
  type Terminal,
} from './command.ts'
import { findSession } from './find-session.ts'

/** Shorter work is not commented upon. */
const QUIET_MS = 2_000
const PROGRESS_EVERY_MS = 1_000

/** `jarvis report`: makes the workbook and the page of a session, again or for the first time. */
export const reportCommand: Command = {
  summary: 'make report.xlsx and report.html of a session',
  help: [
    'Usage: jarvis report [SESSION] [--xlsx] [--html] [--json]',
    '',
    'Makes the workbook and the page of a session from what its directory holds: the newest one in logs/',
    '(JARVIS_LOGS), `latest` for the newest run of a whole plan, or the one that is named or whose path is given.',
    'The directory may be that of a run that died or goes on, come from another machine, or hold nothing but',
    '{domain}.json files.',
    '',
    '  --xlsx, --html  only that one',
    '  --json          the paths as JSON',
    '',
    '  jarvis report',
    '  jarvis report RUN_20260216_231205 --xlsx',
    '',
    'The exit code is 0 where everything was made and 2 where something could not be.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('report', args, {
      xlsx: { type: 'boolean' },
      html: { type: 'boolean' },
      json: { type: 'boolean' },
    })
    const directory = await findSession(oneSession('report', positionals), terminal)
    const { startReports } = await import('../report/launch.ts')
    const chosen = (['xlsx', 'html'] as const).filter((kind) => values[kind] === true)
    const made = await startReports(directory, chosen.length > 0 ? chosen : undefined).make(
      progress(),
    )
    const summaries = await SummaryCache.open(dirname(directory))
    const { judgement } = await summaries.read(directory)
    await summaries.save()
    if (values.json) terminal.write(`${visibleJson({ ...made, judgement })}\n`)
    else {
      tell(made, terminal)
      if (judgement.verdict !== 'whole') terminal.write(`${clean(judgement.sentence)}\n`)
    }
    const wanted = chosen.length > 0 ? chosen.length : 2
    const got = [made.workbook, made.page].filter((path) => path !== null).length
    return got === wanted ? 0 : COULD_NOT_RUN
  },
}

function tell({ workbook, page, troubles }: MadeReports, terminal: Terminal): void {
  for (const sentence of troubles) say(sentence)
  const lines: [string, string | null][] = [
    ['Workbook', workbook],
    ['Report', page],
  ]
  for (const [title, path] of lines) {
    if (path === null) continue
    terminal.write(`${title.padEnd(8)}  ${relative(terminal.cwd, path) || path}\n`)
  }
}

/** Tells how far it is where it takes long, on the stream that nobody reads by machine. */
function progress(): (sentence: string) => void {
  let next = performance.now() + QUIET_MS
  return (sentence) => {
    if (performance.now() < next) return
    next = performance.now() + PROGRESS_EVERY_MS
    say(sentence)
  }
}
