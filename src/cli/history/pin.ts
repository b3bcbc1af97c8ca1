import { JarvisError } from '../../errors.ts'
import { pinSession, unpinSession } from '../../session/history/pin.ts'
import { type Command, readArguments } from '../command.ts'
import { namedSession, ownSessionName } from './named-session.ts'

/** `jarvis pin`: keeps a session from being pruned. */
export const pinCommand: Command = {
  summary: 'keep a session from being pruned',
  help: [
    'Usage: jarvis pin SESSION [--remove]',
    '',
    'A pinned session stays whatever `jarvis prune` and the retention of a plan say: a file named pinned in its',
    'directory says so. --remove lets it go again.',
    '',
    '  jarvis pin RUN_20260216_231205',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('pin', args, { remove: { type: 'boolean' } })
    if (positionals.length !== 1) {
      throw new JarvisError('USAGE', 'Expected one session. See: jarvis pin --help')
    }
    const directory = await namedSession(positionals[0], terminal)
    const name = await ownSessionName(directory, terminal)
    await (values.remove ? unpinSession(directory) : pinSession(directory))
    terminal.write(`${name} is ${values.remove ? 'no longer' : 'now'} pinned.\n`)
    return 0
  },
}
