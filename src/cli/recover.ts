import { basename } from 'node:path'
import { JarvisError } from '../errors.ts'
import { readState, recoverSession } from '../session/index.ts'
import { type Command, readArguments } from './command.ts'
import { findSession } from './find-session.ts'
import { resultsText } from './sessions/words.ts'

/** `jarvis recover`: completes a session whose run died, also one of another host. */
export const recoverCommand: Command = {
  summary: 'complete a session whose run died, also on another host',
  help: [
    'Usage: jarvis recover SESSION',
    '',
    'Completes what a run left that died: its results from the journal, what was running as INTERRUPTED, and the end.',
    'A run of this machine is completed by itself: by its watchdog, or by the next run. One that ran on another host',
    'which shares this folder is not touched from here, however long it has been silent, unless this command names it:',
    'only you know whether that host is off or just cut off from the disk. While the run still writes, it is refused.',
    '',
    '  jarvis list',
    '  jarvis recover RUN_20260216_231205',
    '',
    'The exit code is 0 where the session is complete now and 2 where it could not be completed.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { positionals } = readArguments('recover', args, {})
    const [named, ...more] = positionals
    if (named === undefined || more.length > 0) {
      throw new JarvisError('USAGE', 'Expected one session. See: jarvis recover --help')
    }
    const directory = await findSession(named, terminal, { withJournal: true })
    const before = await readState(directory)
    await recoverSession(directory, 'recovery', { evenOfAnotherHost: true })
    const after = await readState(directory)
    const results = after === null ? '' : `: ${resultsText(after.totals.counts)}`
    const isNew = before === null || before.status === 'running'
    const what = isNew ? 'is completed' : 'had its end already, and is complete'
    terminal.write(`${basename(directory)} ${what}${results}.\n`)
    return 0
  },
}
