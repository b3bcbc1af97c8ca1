import { basename, dirname, relative, resolve, sep } from 'node:path'
import { realpath } from 'node:fs/promises'
import { JarvisError } from '../errors.ts'
import { sumOf } from '../events/index.ts'
import { loadPlan } from '../plan/index.ts'
import { findScenarios, planProjects } from '../plugin/projects.ts'
import { loadoutsLeft, planResumption, type Resumption } from '../plugin/resume.ts'
import { readSession, type SessionReport } from '../report/session/index.ts'
import { readState } from '../session/index.ts'
import { sessionsByTime } from '../session/sessions-by-time.ts'
import { type Command, isPlan, type Terminal } from './command.ts'
import { findSession, logsFolder } from './find-session.ts'
import { startVitest } from './run.ts'
import { clean } from '../dashboard/text.ts'
import { canGoOn, resultsText } from './sessions/words.ts'

/** `jarvis resume`: what a run that died or was cancelled has not done yet is run, in the same session. */
export const resumeCommand: Command = {
  summary: 'go on with a session whose run died or was cancelled',
  help: [
    'Usage: jarvis resume [SESSION] [PLAN] [--failed] [--force] [--plain] [arguments of vitest run]',
    '',
    'Runs what of a session has no final result, in its own directory: the newest session that is not whole, or the one that',
    'is named or whose path is given. Results that are there stay, loadouts of which all are there are not loaded. What was',
    'interrupted runs again, and what was missing where it is there by now.',
    'The plan is that of this project: PLAN, else JARVIS_PLAN, else the one of that name in plans/. Where it, a file of',
    'scenarios, a model or the version of an engine is another than before, that is told, and nothing runs.',
    '',
    '  --failed   what has failed runs again as well, as a further try of the same result',
    '  --force    although something has changed or is damaged; each result that comes then says so',
    '  --plain    one line for each event in place of the live screen',
    '',
    '  jarvis resume',
    '  jarvis resume RUN_20260216_231205 --failed',
    '',
    'The exit code is that of the run, 0 where nothing is left to run and 2 where it cannot go on.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { session, plan: named, failed, force, plain, rest } = readResumeArguments(args)
    const directory = await chosenSession(session, failed, terminal)
    if (directory === null) {
      terminal.write('Every session is whole: there is nothing to resume.\n')
      return 0
    }
    const report = await readSession(directory)
    const { cwd: root, env } = terminal
    const file = named ?? (env['JARVIS_PLAN'] || (await planOf(report, root)))
    const scenarios = await findScenarios(root)
    const plan = await loadPlan({ file, root, scenarios, env })
    const projects = planProjects(plan, scenarios)
    const wish = { directory, failed, force }
    const resumption = await planResumption(wish, { plan, projects, root })
    const left = loadoutsLeft(resumption, projects)
    if (left.length === 0) {
      const sentence = clean(report.judgement.sentence)
      terminal.write(`${basename(directory)}: ${sentence} Nothing is left to run.\n`)
      return 0
    }
    terminal.write(
      `${intent(
        report,
        resumption,
        left.map(({ loadout }) => loadout.title),
      ).join('\n')}\n`,
    )
    const options = [failed ? 'failed' : '', force ? 'force' : ''].filter((word) => word !== '')
    return startVitest(rest, terminal, {
      JARVIS_PLAN: file,
      JARVIS_LOGS: dirname(directory),
      JARVIS_RESUME: directory,
      JARVIS_RESUME_OPTIONS: options.join(','),
      ...(plain ? { JARVIS_DASHBOARD: 'plain' } : {}),
    })
  },
}

interface ResumeArguments {
  session: string | undefined
  plan: string | null
  failed: boolean
  force: boolean
  plain: boolean
  /** For Vitest. */
  rest: string[]
}

/** What is not for this command is for Vitest: the part of a plan that a session ran. */
function readResumeArguments(args: readonly string[]): ResumeArguments {
  const own = { failed: false, force: false, plain: false }
  let session: string | undefined
  let plan: string | null = null
  const rest: string[] = []
  for (const [at, argument] of args.entries()) {
    if (argument === '--failed' || argument === '--force' || argument === '--plain') {
      own[argument.slice(2) as keyof typeof own] = true
    } else if (rest.length === 0 && plan === null && isPlan(argument)) plan = argument
    else if (at === 0 && !argument.startsWith('-')) session = argument
    else rest.push(argument)
  }
  return { session, plan, ...own, rest }
}

/** The session that is named, else the newest that is not whole; null where all are. */
async function chosenSession(
  named: string | undefined,
  failed: boolean,
  terminal: Terminal,
): Promise<string | null> {
  const newest = await findSession(named, terminal, { withJournal: named !== undefined })
  if (named !== undefined) return newest
  for (const { directory } of (await sessionsByTime(logsFolder(terminal))).toReversed()) {
    // oxlint-disable-next-line no-await-in-loop -- the first that fits is taken
    const state = await readState(directory).catch(() => null)
    // oxlint-disable-next-line no-await-in-loop -- see above
    if (state !== null && (await isOpen(directory, failed))) return directory
  }
  return null
}

async function isOpen(directory: string, failed: boolean): Promise<boolean> {
  const session = await readSession(directory)
  const hasFailed = session.judgement.verdict === 'whole' && session.counts.failed > 0
  return canGoOn(session) || (failed && hasFailed)
}

/**
 * The plan that a session names, where it is one of the project's: what a session says is no more than a name, as it may
 * be a stranger's, and a plan has commands in it.
 */
async function planOf({ plan, name }: SessionReport, root: string): Promise<string> {
  const file = plan?.file ?? ''
  const plans = resolve(root, 'plans')
  const path = await realpath(resolve(root, file)).catch(() => null)
  const folder = await realpath(plans).catch(() => plans)
  if (path !== null && isPlan(file) && path.startsWith(`${folder}${sep}`)) {
    return relative(root, resolve(root, file)).replaceAll('\\', '/')
  }
  const what = `${name} names no plan of this project's plans/ (${JSON.stringify(file)})`
  throw new JarvisError('USAGE', `${what}. Say which it ran: jarvis resume ${name} PLAN`)
}

/** What is going to be done, in a few lines. */
function intent(
  { name, judgement, counts, total, loadouts }: SessionReport,
  { left, changed }: Resumption,
  titles: readonly string[],
): string[] {
  const again = [...left.values()].flatMap((files) => [...files.values()])
  const rows = again.reduce((sum, file) => sum + file.again.size, 0)
  const kept = sumOf(counts) - rows
  const toCome = total === null ? '' : `, ${Math.max(rows, total - kept)} are to come`
  const over = loadouts.length - titles.length
  return [
    `${name}: ${clean(judgement.sentence)}`,
    `It has ${resultsText(counts)}. ${kept} of these stay${toCome}.`,
    `To be loaded: ${titles.join(', ')}${over > 0 ? `; ${over} of ${loadouts.length} loadouts have all their results` : ''}.`,
    ...changed.map((one) => `All the same, as --force says: ${clean(one)}.`),
  ]
}
