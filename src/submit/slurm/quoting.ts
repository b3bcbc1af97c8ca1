import { JarvisError } from '../../errors.ts'

/** A word of a shell that is this text, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/**
 * A path as it may stand in an option of sbatch on a line of a script: sbatch takes blanks, quotes and `#` for its own
 * unless a backslash is before them, and fills in what a `%` stands for.
 *
 * @throws JarvisError USAGE for one that cannot be said
 */
export function optionPath(path: string): string {
  // A line break ends the option, and a backslash in the path itself switches off what stands for the task.
  if (/[\p{Cc}\\]/u.test(path)) {
    const what = `Slurm takes no path with a line break or a backslash: ${JSON.stringify(path)}`
    throw new JarvisError('USAGE', `${what}. Say another by JARVIS_LOGS.`)
  }
  return path.replaceAll('%', '%%').replaceAll(/[^\w./:@%+,=-]/gu, String.raw`\$&`)
}
