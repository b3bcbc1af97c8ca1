import { noCounts } from '../events/index.ts'
import type { Difference, Verification } from '../report/verify/types.ts'
import { verifySession } from '../report/verify/verify-session.ts'
import { readState, recoverSession } from '../session/index.ts'
import { type Command, COULD_NOT_RUN, oneSession, readArguments } from './command.ts'
import { findSession } from './find-session.ts'
import { resultsText } from './sessions/words.ts'
import { differenceLines, jsonOf } from './verification-lines.ts'

/** `jarvis recover`: puts right what can be of a session, also one of another host. */
export const recoverCommand: Command = {
  summary: 'put right what can be of a session, also of one whose run died on another host',
  help: [
    'Usage: jarvis recover [SESSION] [--json]',
    '',
    'Completes what a run left that died: its results from the journal, what was running as INTERRUPTED, and the end. And',
    'makes anew what is made of the journal and is not what it should be: results, story, telemetry, state. It says what',
    'it did; doing it again changes nothing. The newest session in logs/ (JARVIS_LOGS), or the one that is named or whose',
    'path is given. To the journal is added nothing but the end of a run that died; results that only a file of results',
    'still holds are kept.',
    '',
    'A run of this machine that died is completed by itself: by its watchdog, or by the next run. One that ran on another',
    'host which shares this folder is not touched from here, however long it has been silent, unless this command names it:',
    'only you know whether that host is off or just cut off from the disk. While the run still lives, it is refused.',
    '',
    '  --json  for machines',
    '',
    '  jarvis verify',
    '  jarvis recover RUN_20260216_231205',
    '',
    'The exit code is 0 where the session is whole now, 1 where something cannot be put right, and 2 where nothing could be',
    'done.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('recover', args, { json: { type: 'boolean' } })
    const named = oneSession('recover', positionals)
    const directory = await findSession(named, terminal, { withJournal: true, completes: false })
    const before = await verifySession(directory)
    if (before.verdict !== 'intact') {
      // The newest one is nobody's choice.
      const evenOfAnotherHost = named !== undefined && named !== 'latest'
      await recoverSession(directory, 'recovery', { evenOfAnotherHost, mend: true })
    }
    const after = before.verdict === 'intact' ? before : await verifySession(directory)
    const done: Done = {
      after,
      right: before.differences.filter((one) => !isAmong(one, after.differences)),
      isCompleted: !before.hasEnd && after.hasEnd,
      results: resultsText((await readState(directory))?.totals.counts ?? noCounts()),
    }
    if (values.json === true) terminal.write(`${JSON.stringify(entryOf(done), null, 2)}\n`)
    else terminal.write(`${linesOf(done).join('\n')}\n`)
    return { intact: 0, differs: 1, unknown: COULD_NOT_RUN }[after.verdict]
  },
}

/** What was done to a session. */
interface Done {
  after: Verification
  /** What differed before. */
  right: Difference[]
  isCompleted: boolean
  results: string
}

function linesOf({ after, right, isCompleted, results }: Done): string[] {
  const { name, differences, verdict, judgement } = after
  const mended = right.filter(({ what }) => !isCompleted || !what.startsWith('has no end'))
  const lines: string[] = []
  if (isCompleted) lines.push(`${name} is completed: ${results}.`)
  else if (verdict === 'unknown') lines.push(`${name} cannot be judged. ${judgement.sentence}`)
  else if (verdict === 'intact' && mended.length === 0) {
    lines.push(`${name} had its end already, and is complete: ${results}.`)
  }
  if (mended.length > 0) lines.push(`${name}: this was put right:`, ...differenceLines(mended))
  if (differences.length > 0) {
    lines.push(`${name}: this cannot be put right:`, ...differenceLines(differences))
  }
  return lines
}

function entryOf({ after, right, isCompleted }: Done): unknown {
  return { ...(jsonOf(after) as object), completed: isCompleted, put_right: right }
}

/** By what is different, wherever that begins. */
function isAmong({ file, what }: Difference, others: readonly Difference[]): boolean {
  const kindOf = (text: string): string => text.replace(/, from line \d+ on$/, '')
  return others.some((other) => other.file === file && kindOf(other.what) === kindOf(what))
}
