import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { jarvis, steady } from './commands.ts'
import { readPage } from './report-page.ts'
import { workbookParts } from './workbook.ts'

/** What everything that speaks of a session says of it. */
export interface Transcript {
  /** What each command printed of it, without what differs from run to run. */
  text: string
  /** The one sentence, as `show --json` has it. */
  sentence: string
  /** Who does not tell it. */
  silent: string[]
}

/** How many blocks of what a command prints are about the state of a session, where not all are. */
const BLOCKS: Readonly<Record<string, number>> = { show: 2, compare: 1 }

/** Asks every command about a session, and looks into its page and its workbook. `whole` is another session there. */
export async function transcriptOf(directory: string, whole: string): Promise<Transcript> {
  const [logs, name] = [dirname(directory), basename(directory)]
  const commands = [
    ['list'],
    ['show', name],
    ['check', name, '--max-failures', '100'],
    ['export', name, '--output', 'results.csv'],
    ['compare', basename(whole), name],
    ['trend', 'duration'],
    ['report', name],
  ]
  const said = new Map<string, string>()
  const told = new Map<string, string>()
  const shown = await jarvis(logs, 'show', name, '--json')
  const { judgement } = JSON.parse(shown.stdout) as { judgement: { sentence: string } }
  const answers = await Promise.all(commands.map((words) => jarvis(logs, ...words)))
  for (const [index, answer] of answers.entries()) {
    const [command = '', ...args] = commands[index]!
    const words = [command, ...args.map((arg) => (arg === name ? 'SESSION' : arg))].join(' ')
    told.set(command, unwrapped(answer.stdout + answer.stderr))
    const blocks = answer.stdout.split('\n\n').slice(0, BLOCKS[command])
    const head = {
      ...answer,
      stdout: blocks.join('\n\n').replace(/\n*$/, answer.stdout === '' ? '' : '\n'),
    }
    said.set(words.replace(basename(whole), 'WHOLE'), steady(head, logs))
  }
  told.set('page', unescaped(readPage(join(directory, 'report.html')).markup))
  const workbook = join(directory, 'report.xlsx')
  told.set('workbook', existsSync(workbook) ? textsOf(workbook) : '')
  const { sentence } = judgement
  return {
    text: [...said].map(([command, text]) => `$ jarvis ${command}\n${text}`).join('\n'),
    sentence,
    silent: [...told].filter(([, text]) => !text.includes(sentence)).map(([who]) => who),
  }
}

/** Some commands break long sentences where the terminal does not. */
function unwrapped(text: string): string {
  return text.replaceAll(/\s*\n\s+/g, ' ')
}

/** The XML of the first sheet, in which its texts stand. */
function textsOf(path: string): string {
  return unescaped(workbookParts(path).sheet('Summary'))
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
