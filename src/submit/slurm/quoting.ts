import { JarvisError } from '../../errors.ts'

/**
 * A path as it may stand in an option of sbatch on a line of a script: within quotes blanks and `#` are part of it, and a
 * `%` would stand for something else unless it is doubled.
 *
 * @throws JarvisError USAGE for one that cannot be said
 */
export function optionPath(path: string): string {
  // A line break ends the option, and a backslash in the path itself switches off what stands for the task.
  if (/[\p{Cc}\\]/u.test(path)) {
    const what = `Slurm takes no path with a line break or a backslash: ${JSON.stringify(path)}`
    throw new JarvisError('USAGE', `${what}. Say another by JARVIS_LOGS.`)
  }
  const quoted = path.replaceAll('%', '%%').replaceAll('"', String.raw`\"`)
  return /^[\w./%-]+$/.test(path) ? quoted : `"${quoted}"`
}
