import { relative, resolve } from 'node:path'
import { clean } from '../dashboard/text.ts'
import { countsText, mergedText } from '../events/index.ts'
import { fromHome } from '../host/home-folder.ts'
import { keepYoungGenerationSmall } from '../host/young-generation.ts'
import { visibleJson } from '../host/plain-text.ts'
import { type MergedSession, mergeParts } from '../merge/merge.ts'
import { GATE_WORDS } from '../report/gate-words.ts'
import { startReports } from '../report/launch.ts'
import { artifactsOf } from '../session/artifacts.ts'
import { type Command, COULD_NOT_RUN, readArguments, say, type Terminal } from './command.ts'
import { logsFolder } from './find-session.ts'
import { patiently } from './history/patience.ts'
import { waitForParts } from './wait-for-parts.ts'

/** `jarvis merge`: one session of the parts of a divided plan. */
export const mergeCommand: Command = {
  summary: 'make one session of the parts of a divided plan',
  help: [
    'Usage: jarvis merge [DIR…] [--run ID] [--wait TIME] [--out FOLDER] [--no-reports] [--json]',
    '',
    'Makes one session of the sessions of the parts (jarvis split), with its reports, and judges it by the gates of the plan.',
    'DIR is a session, or a folder of sessions (without any: logs/, JARVIS_LOGS): of a folder the newest divided run counts.',
    'The parts are only read, and may come from different machines and folders. Merged again, the session is made anew in',
    'its place.',
    '',
    'A part that is missing, damaged, still running or cannot be read is named, and what is there is merged all the same; the',
    'session says then "3 of 4 parts", and has not passed. Parts of different splits are refused. Of two attempts of one',
    'part the later final result of each scenario counts.',
    '',
    '  --run ID        which run of a folder: as its scheduler called it, or the beginning of its digest',
    '  --wait TIME     waits for the parts of --run, so long at most: until each has ended, or nothing more comes of it (10h)',
    '  --out FOLDER    the folder of sessions that gets it (logs/, JARVIS_LOGS)',
    '  --no-reports    no report.xlsx and report.html (JARVIS_REPORTS=off)',
    '  --json          the session and the verdicts for machines',
    '',
    '  jarvis merge logs',
    '  jarvis merge node1/RUN_20260216_231205 node2/RUN_20260216_231207 --out logs',
    '',
    'Exit codes: 0 all parts are here and the gates held, or, without gates, all passed; 1 a gate did not hold or could not be',
    'judged, something failed, or a part is not whole; 2 there is nothing to merge, or it could not be judged at all.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    // Events that pass through live for a moment: a larger young generation would hold nothing but them.
    keepYoungGenerationSmall()
    const { values, positionals } = readArguments('merge', args, {
      run: { type: 'string' },
      wait: { type: 'string' },
      out: { type: 'string' },
      'no-reports': { type: 'boolean' },
      json: { type: 'boolean' },
    })
    const { cwd, env } = terminal
    const logs =
      values.out === undefined ? logsFolder(terminal) : resolve(cwd, fromHome(values.out, env))
    const named = positionals.length === 0 ? [logsFolder(terminal)] : positionals
    const wantsReports = values['no-reports'] !== true && env['JARVIS_REPORTS'] !== 'off'
    const folders = named.map((place) => resolve(cwd, fromHome(place, env)))
    if (values.wait !== undefined) await waitForParts(folders, values.run, values.wait)
    let doing = 'Looking for parts …'
    const made = await patiently(
      () => doing,
      () =>
        mergeParts({
          places: folders,
          run: values.run ?? null,
          logs,
          root: cwd,
          env,
          makeReports: wantsReports ? reports((sentence) => (doing = sentence)) : null,
          onProgress: (sentence) => (doing = sentence),
        }),
    )
    const code = exitCode(made)
    if (values.json) terminal.write(`${visibleJson(jsonOf(made, code), 2)}\n`)
    else tell(made, terminal)
    return code
  },
}

function reports(onProgress: (sentence: string) => void) {
  return async (directory: string): Promise<readonly string[]> => {
    onProgress('Making report.xlsx and report.html …')
    const { troubles } = await startReports(directory).make(onProgress)
    return troubles
  }
}

/** That of its gates, as `jarvis check` has it; without gates by how the whole ended. */
function exitCode({ gates, judgement, status }: MergedSession): number {
  if (gates.trouble !== null) return COULD_NOT_RUN
  if (judgement.verdict !== 'whole') return 1
  if (gates.verdicts.length > 0) return gates.verdicts.some(({ fails }) => fails) ? 1 : 0
  return status === 'PASSED' ? 0 : 1
}

function jsonOf(
  { directory, merged, judgement, counts, gates, troubles }: MergedSession,
  code: number,
) {
  const { verdicts, trouble } = gates
  const told = { judgement, counts, passed: code === 0, verdicts, trouble, troubles }
  return { schema_version: 1, session: directory, merged, ...told }
}

function tell(made: MergedSession, terminal: Terminal): void {
  const { directory, merged, judgement, counts, gates, troubles } = made
  for (const sentence of troubles) say(`${clean(sentence)}.`)
  if (gates.trouble !== null) say(clean(gates.trouble))
  for (const { gate, domain, loadout, status, message } of gates.verdicts) {
    const scope = [domain, loadout].filter((one) => one !== null).join(' ')
    const name = scope === '' ? gate : `${gate} (${scope})`
    terminal.write(`${GATE_WORDS[status].padEnd(11)} ${clean(`${name}  ${message}`)}\n`)
  }
  if (judgement.verdict !== 'whole') terminal.write(`${clean(judgement.sentence)}\n`)
  const shown = (path: string): string => relative(terminal.cwd, path) || path
  const { workbook, report } = artifactsOf(directory)
  const lines: [string, string | null][] = [
    ['Merged', `${mergedText(merged)}, ${countsText(counts)}`],
    ['Session', shown(directory)],
    ['Workbook', workbook && shown(workbook)],
    ['Report', report && shown(report)],
  ]
  for (const [title, text] of lines) {
    if (text !== null) terminal.write(`${title.padStart(8)}  ${clean(text)}\n`)
  }
}
