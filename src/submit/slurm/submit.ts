import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { JarvisError, messageOf } from '../../errors.ts'
import { findProgram } from '../../host/programs.ts'
import { removeSubmission, type Submission, writeSubmission } from '../submission.ts'
import {
  MERGE_SCRIPT,
  mergeScript,
  PARTS_SCRIPT,
  partsScript,
  type Programs,
  SPLIT_FILE,
} from './scripts.ts'

/** What Slurm calls the two jobs of a submission. */
export interface SlurmJobs {
  parts: string
  /** Null: it could not be submitted. */
  merge: string | null
  /** Why not; null where it was. */
  fault: string | null
}

/** Where commands of Slurm are looked for and run. */
interface Place {
  cwd: string
  env: NodeJS.ProcessEnv
}

const PATIENCE_MS = 60_000

/** The files of a submission to Slurm, by their names. */
export function slurmFiles(submission: Submission, programs: Programs): Record<string, string> {
  return {
    [SPLIT_FILE]: `${JSON.stringify(submission.split, null, 2)}\n`,
    [PARTS_SCRIPT]: partsScript(submission, programs),
    [MERGE_SCRIPT]: mergeScript(submission, programs),
  }
}

/**
 * Gives Slurm the array of parts, and the merge that begins when all of them have ended, however they did.
 *
 * @throws JarvisError USAGE where there is no Slurm, or it does not take the parts; then nothing is left
 */
export async function submitToSlurm(
  submission: Submission,
  programs: Programs,
  place: Place,
): Promise<SlurmJobs> {
  const sbatch = findProgram('sbatch', place)
  if (sbatch === null) {
    const what = 'There is no sbatch on PATH, so nothing can be given to Slurm from here'
    const advice = 'Submit on a machine of the cluster; --dry-run shows what would be submitted'
    throw new JarvisError('USAGE', `${what}. ${advice}.`)
  }
  const files = slurmFiles(submission, programs)
  await writeSubmission(submission, files)
  const give = async (script: string, ...options: string[]): Promise<string> => {
    const args = ['--parsable', ...options, join(submission.folder, script)]
    const { stdout } = await promisify(execFile)(sbatch, args, { ...place, timeout: PATIENCE_MS })
    // With several clusters their name stands behind it.
    return stdout.trim().split(';')[0]!
  }
  let parts: string
  try {
    parts = await give(PARTS_SCRIPT)
  } catch (error) {
    await removeSubmission(submission)
    throw new JarvisError('USAGE', `Slurm does not take the parts: ${saidBy(error)}`)
  }
  try {
    return { parts, merge: await give(MERGE_SCRIPT, `--dependency=afterany:${parts}`), fault: null }
  } catch (error) {
    return { parts, merge: null, fault: saidBy(error) }
  }
}

function saidBy(error: unknown): string {
  const { stderr = '' } = error as { stderr?: string }
  const said = stderr
    .trim()
    .replaceAll(/^sbatch: (?:error: )?/gm, '')
    .replaceAll('\n', ' ')
  return said === '' ? messageOf(error) : said
}
