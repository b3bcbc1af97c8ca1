import { visibleJson } from '../../host/plain-text.ts'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { JarvisError } from '../../errors.ts'
import { readSummary } from '../../report/session/index.ts'
import { readBaselines, removeBaseline, setBaseline } from '../../session/history/baselines.ts'
import { type Command, readArguments, type Terminal } from '../command.ts'
import { logsFolder } from '../find-session.ts'
import { namedSession, ownSessionName } from './named-session.ts'

const DEFAULT = 'default'

/** `jarvis baseline`: names for sessions that others are compared with. */
export const baselineCommand: Command = {
  summary: 'name a session that later ones are compared with',
  help: [
    'Usage: jarvis baseline set [NAME] [SESSION]',
    '       jarvis baseline list [--json]',
    '       jarvis baseline remove NAME',
    '',
    'A baseline is a name for a session, kept in logs/baselines.json. `jarvis compare`, `jarvis check` and gates',
    'find the session by it, and pruning never removes it. The name is `default` and the session the newest',
    'run of a whole plan where none is given.',
    '',
    '  jarvis baseline set',
    '  jarvis baseline set before-driver RUN_20260216_231205',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('baseline', args, { json: { type: 'boolean' } })
    const [action = 'list', ...rest] = positionals
    if (action === 'list' && rest.length === 0) return list(terminal, values.json ?? false)
    if (action === 'set' && rest.length <= 2) return set(rest, terminal)
    if (action === 'remove' && rest.length === 1) return remove(rest[0]!, terminal)
    const what = `Expected set [NAME] [SESSION], list or remove NAME, got \`${positionals.join(' ')}\``
    throw new JarvisError('USAGE', `${what}. See: jarvis baseline --help`)
  },
}

async function set([name = DEFAULT, named]: string[], terminal: Terminal): Promise<number> {
  const directory = await namedSession(named ?? 'latest', terminal)
  const session = await ownSessionName(directory, terminal)
  const { kind, judgement } = await readSummary(directory)
  if (judgement.verdict === 'running') {
    throw new JarvisError('USAGE', `${session} is still running: wait for its end, or stop it.`)
  }
  await setBaseline(logsFolder(terminal), name, session)
  terminal.write(`The baseline ${name} is ${session}.\n`)
  if (judgement.verdict !== 'whole') terminal.write(`${judgement.sentence}\n`)
  if (kind !== 'plan' || judgement.verdict !== 'whole')
    terminal.write('It did not run all of a plan: the rest cannot be compared with it.\n')
  return 0
}

async function list(terminal: Terminal, json: boolean): Promise<number> {
  const logs = logsFolder(terminal)
  const baselines = [...(await readBaselines(logs))].map(([name, { session, set_at }]) => {
    return { name, session, set_at, exists: existsSync(join(logs, session)) }
  })
  if (json) terminal.write(`${visibleJson(baselines, 2)}\n`)
  else if (baselines.length === 0) {
    terminal.write('There is no baseline. Make one: jarvis baseline set\n')
  }
  if (json) return 0
  const width = Math.max(...baselines.map(({ name }) => name.length))
  for (const { name, session, set_at, exists } of baselines) {
    const when = set_at.slice(0, 16).replace('T', ' ')
    const gone = exists ? '' : '  (not there any more)'
    terminal.write(`${name.padEnd(width)}  ${session}  set ${when}${gone}\n`)
  }
  return 0
}

async function remove(name: string, terminal: Terminal): Promise<number> {
  if (await removeBaseline(logsFolder(terminal), name)) {
    terminal.write(`The baseline ${name} is no more; its session stays.\n`)
    return 0
  }
  throw new JarvisError('USAGE', `There is no baseline ${name}. See: jarvis baseline list`)
}
