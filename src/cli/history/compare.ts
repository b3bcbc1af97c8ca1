import { visibleJson } from '../../host/plain-text.ts'
import { writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { JarvisError } from '../../errors.ts'
import { readSide } from '../../report/compare/cases.ts'
import { compare } from '../../report/compare/compare.ts'
import { comparisonPage } from '../../report/compare/html.ts'
import { readChangedTexts } from '../../report/compare/replies.ts'
import { isWorse } from '../../report/compare/sections.ts'
import { judgeNights, SMALLEST_CHANGE } from '../../report/nights/index.ts'
import { readBaselines } from '../../session/history/baselines.ts'
import { type Command, readArguments, type Terminal } from '../command.ts'
import { logsFolder } from '../find-session.ts'
import { compareLines } from './compare-lines.ts'
import { namedSession, previousPlanRun } from './named-session.ts'
import { patiently } from './patience.ts'

const PERCENT = /^(\d+(?:\.\d+)?)\s*%?$/

/** `jarvis compare`: what broke, got slower or needs more memory from one session to another. */
export const compareCommand: Command = {
  summary: 'say what broke, got slower or was fixed between two sessions',
  help: [
    'Usage: jarvis compare [A] [B] [--threshold 10] [--all] [--html] [--json] [--fail]',
    '',
    'Compares session B (the newest where none is named) with session A (the baseline `default`, else the whole-plan',
    'run before B). Each is named by its directory, a path, `latest`, or a baseline. Whether a loadout changed is told by',
    'how much the nights before differ anyway, those of the same host and plan; a scenario that broke is a fact.',
    '',
    '  --threshold N  per cent: what is surely smaller is told to be no change (10)',
    '  --all          every change, not just the first ten of a kind',
    '  --html         writes logs/compare_{A}_{B}.html as well, one file that needs nothing else',
    '  --json         the whole comparison for machines (docs/history.md)',
    '  --fail         exit code 1 where something broke, or surely is slower, less accurate or larger: never for noise',
    '',
    '  jarvis compare',
    '  jarvis compare before-driver latest --html',
    '  jarvis compare RUN_20260216_231205 RUN_20260217_231205 --threshold 5',
    '',
    'Exit codes: 0; with --fail 1 where something is worse; 2 where there is nothing to compare.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('compare', args, {
      threshold: { type: 'string' },
      all: { type: 'boolean' },
      html: { type: 'boolean' },
      json: { type: 'boolean' },
      fail: { type: 'boolean' },
    })
    if (positionals.length > 2) {
      throw new JarvisError('USAGE', 'Expected two sessions. See: jarvis compare --help')
    }
    const threshold = thresholdOf(values.threshold)
    const { a, b, isNamed } = await sidesOf(positionals, terminal)
    const comparison = await patiently(
      () => `Reading ${basename(a)} and ${basename(b)} …`,
      async () => {
        const nights = await judgeNights(b, { reference: isNamed ? a : null, threshold })
        const told = compare(await readSide(a), await readSide(b), { nights, threshold })
        if (told.replies !== undefined) await readChangedTexts(told.replies, { a, b })
        return told
      },
    )
    const page = values.html ? await writePage(comparison, terminal) : null
    if (values.json) terminal.write(`${visibleJson(comparison, 2)}\n`)
    else {
      const columns = process.stdout.columns ?? WIDE
      const lines = compareLines(comparison, { columns, all: values.all ?? false, ...terminal })
      terminal.write(`${lines.join('\n')}\n`)
      if (page !== null) terminal.write(`\nPage  ${relative(terminal.cwd, page) || page}\n`)
    }
    return values.fail && isWorse(comparison) ? 1 : 0
  },
}

/** Where no terminal says how wide it is. */
const WIDE = 120

async function sidesOf(
  [first, second]: string[],
  terminal: Terminal,
): Promise<{ a: string; b: string; isNamed: boolean }> {
  const b = await namedSession(second, terminal)
  if (first !== undefined) return { a: await namedSession(first, terminal), b, isNamed: true }
  const baselines = await readBaselines(logsFolder(terminal))
  const baseline = baselines.has('default') ? await namedSession('default', terminal) : b
  if (baseline !== b) return { a: baseline, b, isNamed: true }
  const previous = await previousPlanRun(b, terminal)
  if (previous !== null) return { a: previous, b, isNamed: false }
  const what = `There is no baseline and no run of a whole plan before ${basename(b)}`
  throw new JarvisError('USAGE', `${what}. Name two sessions: jarvis compare A B`)
}

function thresholdOf(text: string | undefined): number {
  if (text === undefined) return SMALLEST_CHANGE
  const [, percent] = PERCENT.exec(text.trim()) ?? []
  if (percent !== undefined) return Number(percent) / 100
  const what = `Expected --threshold to be a number of per cent such as 10, got \`${text}\``
  throw new JarvisError('USAGE', `${what}. See: jarvis compare --help`)
}

async function writePage(
  comparison: ReturnType<typeof compare>,
  terminal: Terminal,
): Promise<string> {
  const name = `compare_${comparison.a.name}_${comparison.b.name}.html`
  const path = join(logsFolder(terminal), name)
  await writeFile(path, comparisonPage(comparison))
  return path
}
