import { join } from 'node:path'
import { JarvisError } from '../errors.ts'
import { entryPath } from '../host/entry.ts'
import { fromHome } from '../host/home-folder.ts'
import { pathBelow } from '../host/path-below.ts'
import { shellWord } from '../host/shell-word.ts'
import { manifestText } from '../submit/kubernetes/manifests.ts'
import { MERGE_SCRIPT, PARTS_SCRIPT, SPLIT_FILE } from '../submit/slurm/scripts.ts'
import { slurmFiles, submitToSlurm } from '../submit/slurm/submit.ts'
import { newSubmission, type Submission, writeSubmission } from '../submit/submission.ts'
import { type Command, readArguments, say, type Terminal } from './command.ts'
import { divided, partsOf, planToDivide } from './plan-to-divide.ts'
import { counted } from './sessions/words.ts'
import { shownPath } from './shown-path.ts'

/** Where a project has this package that is not its own. */
const INSTALLED = 'node_modules/jarvis/dist/cli/main.js'
const LABEL_WIDTH = 'one part again'.length

/** `jarvis submit`: a plan in parts for a scheduler. */
export const submitCommand: Command = {
  summary: 'give a plan in parts to Slurm or Kubernetes',
  help: [
    'Usage: jarvis submit slurm [PLAN] [-n PARTS] [--dry-run]',
    '       jarvis submit kubernetes [PLAN] [-n PARTS] [--dry-run]',
    '',
    "Divides a plan as jarvis split does and gives its parts to a scheduler, by the plan's cluster section, which says what to",
    'ask for (docs/schedulers.md). A part that is requeued goes on with its own session. When all parts have ended, however they',
    'did, one session is made of them.',
    '',
    '  slurm       an array job and a merge job that waits for it, by sbatch; the scripts, the split and what tasks print lie in',
    '              logs/submitted/ (JARVIS_LOGS), and can be sent again',
    '  kubernetes  an Indexed Job and a merge Job on standard output, for: kubectl apply -f -',
    '',
    '  -n, --parts PARTS  how many; else cluster.parts of the plan',
    '  --dry-run          what would be submitted, and does nothing',
    '',
    '  jarvis submit slurm plans/night.yaml -n 4',
    '  jarvis submit kubernetes plans/night.yaml -n 4 | kubectl apply -f -',
    '',
    'The exit code is 0 where it was submitted, 1 where only the parts were, and 2 where nothing was.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('submit', args, {
      parts: { type: 'string', short: 'n' },
      'dry-run': { type: 'boolean' },
    })
    const [scheduler, named, ...more] = positionals
    if ((scheduler !== 'slurm' && scheduler !== 'kubernetes') || more.length > 0) {
      const what = 'Expected slurm or kubernetes, and then one plan'
      throw new JarvisError('USAGE', `${what}. See: jarvis submit --help`)
    }
    const submission = await submissionOf(named, values.parts, terminal)
    const isDry = values['dry-run'] === true
    return scheduler === 'slurm'
      ? toSlurm(submission, isDry, terminal)
      : toKubernetes(submission, isDry, terminal)
  },
}

async function submissionOf(
  named: string | undefined,
  stated: string | undefined,
  terminal: Terminal,
): Promise<Submission> {
  const toDivide = await planToDivide(named, terminal)
  const { plan, options } = toDivide
  const wishes = plan.cluster ?? { slurm: undefined, kubernetes: undefined }
  const parts = partsOf('submit', stated ?? wishes.parts?.toString())
  const { split } = await divided(toDivide, parts)
  const { root, logs } = options
  return newSubmission({ plan: fromHome(plan.file, terminal.env), split, wishes, root, logs })
}

async function toSlurm(
  submission: Submission,
  isDry: boolean,
  terminal: Terminal,
): Promise<number> {
  const programs = { node: process.execPath, jarvis: entryPath(import.meta.url, 'cli/main') }
  const path = (name: string): string =>
    shellWord(shownPath(join(submission.folder, name), terminal))
  const { split, id } = submission
  const [parts, merge] = [path(PARTS_SCRIPT), path(MERGE_SCRIPT)]
  if (isDry) {
    const files = slurmFiles(submission, programs)
    const made = `${path(SPLIT_FILE)}: ${counted(split.parts.length, 'part')}, digest ${split.digest.slice(0, 12)}`
    terminal.write(`# ${made}\n\n`)
    terminal.write(`# sbatch ${parts}\n${files[PARTS_SCRIPT]}\n`)
    terminal.write(`# sbatch --dependency=afterany:PARTS ${merge}\n${files[MERGE_SCRIPT]}`)
    return 0
  }
  const jobs = await submitToSlurm(submission, programs, terminal)
  const count = counted(split.parts.length, 'part')
  terminal.write(`Submitted ${id}: ${count} as job ${jobs.parts}`)
  terminal.write(jobs.merge === null ? '.\n' : `, the merge as job ${jobs.merge}.\n`)
  const table = [
    ['all hosts', `npx --no-install jarvis watch --run ${id}`],
    ['what they say', `${path('part-N.out')}, ${path('merge.out')}`],
    ['one part again', `sbatch --array=N ${parts}`],
    ['merge again', `sbatch ${merge}`],
  ] as const
  const lines = table.map(([what, how]) => `  ${what.padEnd(LABEL_WIDTH)}  ${how}\n`)
  terminal.write(`\n${lines.join('')}`)
  if (jobs.merge !== null) return 0
  say(`Slurm does not take the merge: ${jobs.fault} Once the parts have ended: sbatch ${merge}`)
  return 1
}

async function toKubernetes(
  submission: Submission,
  isDry: boolean,
  terminal: Terminal,
): Promise<number> {
  const text = manifestText(submission, { jarvis: programIn(terminal.cwd) })
  if (!isDry) {
    await writeSubmission(submission, { 'jobs.yaml': text })
    const where = shownPath(join(submission.folder, 'jobs.yaml'), terminal)
    say(`${submission.id}: ${counted(submission.split.parts.length, 'part')}, kept as ${where}.`)
  }
  terminal.write(text)
  return 0
}

/** The program of jarvis, from the project's folder: one that is linked from elsewhere is installed in the image. */
function programIn(cwd: string): string {
  return pathBelow(cwd, entryPath(import.meta.url, 'cli/main')) ?? INSTALLED
}
