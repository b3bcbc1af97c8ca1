import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { parse } from 'yaml'
import { clean } from '../../dashboard/text.ts'
import { JarvisError, messageOf } from '../../errors.ts'
import { SummaryCache } from '../../report/session/index.ts'
import { sessionsByTime } from '../../session/sessions-by-time.ts'
import { type Command, readArguments, type Terminal } from '../command.ts'
import { completeDead, logsFolder } from '../find-session.ts'
import { patiently } from '../history/patience.ts'
import { counted } from '../sessions/words.ts'
import { findRunnerSessions, type RunnerSession } from './runner-sessions.ts'
import { isScenarios, scenarioTexts } from './scenario-text.ts'
import { writeImported } from './write-imported.ts'

/** `jarvis import`: sessions of the Python runner as ours, and what to write instead of its scenarios. */
export const importCommand: Command = {
  summary: 'take over sessions of the Python runner',
  help: [
    'Usage: jarvis import DIR',
    '       jarvis import SCENARIOS.yaml',
    '',
    'Reads what the Python runner wrote, RUN_*/{domain}.json with its loadouts or an older latest_{domain}.json, and makes',
    'a session of each run in logs/ (JARVIS_LOGS), marked as imported, so that list, trend and compare reach back. DIR',
    'is one run or a folder of them. What was imported before is left out; the files of the other runner stay as they',
    'are. Of its scenarios in YAML (turns: send, expect) it is said what to write instead.',
    '',
    '  jarvis import ../old/tests/logs',
    '  jarvis import ../old/tests/artifacts',
    '  jarvis import ../old/tests/scenarios/core.yaml',
    '',
    'The exit code is 0 where all that is there is in logs/ now and 2 where there was nothing to import.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { positionals } = readArguments('import', args, {})
    const [named, ...more] = positionals
    if (named === undefined || more.length > 0) {
      throw new JarvisError('USAGE', 'Expected one folder or file. See: jarvis import --help')
    }
    const path = resolve(terminal.cwd, named)
    const isFile = await stat(path).then(
      (facts) => facts.isFile(),
      (error: unknown) => {
        throw new JarvisError('USAGE', `${named} cannot be read: ${messageOf(error)}.`)
      },
    )
    if (isFile) return tellScenarios(path, named, terminal)
    return importFolder(path, named, args, terminal)
  },
}

async function importFolder(
  path: string,
  named: string,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const logs = logsFolder(terminal)
  const refuse = (sentence: string): void => void process.stderr.write(`${clean(sentence)}\n`)
  let doing = `Reading ${named} …`
  return patiently(
    () => doing,
    async () => {
      const sessions = await findRunnerSessions(path, refuse)
      if (sessions.length === 0) {
        const what = `${named} holds no results of the Python runner`
        throw new JarvisError(
          'USAGE',
          `${what}: name a folder with RUN_* of it, or with latest_{domain}.json.`,
        )
      }
      await completeDead(logs)
      const known = await importedBefore(logs)
      const command = ['jarvis', 'import', ...args].join(' ')
      for (const source of sessions) {
        doing = `Importing ${source.directory} …`
        const before = known.get(source.digest)
        if (before !== undefined) {
          terminal.write(`${nameOf(source)}  is here already: ${before}\n`)
          continue
        }
        // oxlint-disable-next-line no-await-in-loop -- one session after the other, by their time
        const made = await writeImported(source, { logs, root: terminal.cwd, command })
        const results = counted(made.results, 'result')
        terminal.write(`${nameOf(source)}  imported as ${basename(made.directory)}, ${results}\n`)
      }
      return 0
    },
  )
}

function nameOf({ directory }: RunnerSession): string {
  return clean(basename(directory))
}

/** Names of sessions by the digest of what they were imported from; those that did not come to their end are none. */
async function importedBefore(logs: string): Promise<Map<string, string>> {
  const known = new Map<string, string>()
  const summaries = await SummaryCache.open(logs)
  for (const { directory, name } of await sessionsByTime(logs)) {
    // oxlint-disable-next-line no-await-in-loop -- most are remembered
    const summary = await summaries.read(directory).catch(() => null)
    const isWhole = summary?.judgement.verdict === 'whole'
    // What was remembered by a version of before does not tell, and was not imported.
    if (isWhole && summary.imported) known.set(summary.imported.digest, name)
  }
  await summaries.save()
  return known
}

async function tellScenarios(path: string, named: string, terminal: Terminal): Promise<number> {
  const value: unknown = parse(await readFile(path, 'utf8'), { logLevel: 'error' })
  if (!isScenarios(value)) {
    const what = `${named} holds no scenarios of the Python runner (names with turns)`
    throw new JarvisError('USAGE', `${what}. Its results are imported from their folder.`)
  }
  for (const { path: file, text, left } of scenarioTexts(value)) {
    terminal.write(`// ${file}\n${text}`)
    if (left.length > 0) terminal.write(`// Without its like here: ${left.join(', ')}.\n`)
    terminal.write('\n')
  }
  return 0
}
