import { visibleJson } from '../../host/plain-text.ts'
import { createInterface } from 'node:readline/promises'
import { JarvisError } from '../../errors.ts'
import { megabytes, prune, type Pruned, prunedSentence } from '../../session/history/prune.ts'
import {
  KEEP_PARTIAL,
  planPruning,
  type PrunePlan,
  type Surplus,
} from '../../session/history/prune-plan.ts'
import { type Command, COULD_NOT_RUN, readArguments } from '../command.ts'
import { logsFolder } from '../find-session.ts'
import { patiently } from './patience.ts'

const KEEP = 50
const DAYS = 30

/** `jarvis prune`: removes sessions by count and age. */
export const pruneCommand: Command = {
  summary: 'remove old sessions',
  help: [
    'Usage: jarvis prune [--keep N] [--days N] [--keep-partial N] [--dry-run] [--yes] [--json]',
    '',
    'Removes sessions of whole-plan runs beyond the newest N and those older than N days, and all but the newest',
    'partial runs. It says what it will remove and asks; without a terminal it wants --yes. The newest of each',
    'kind stays in any case, and so does a baseline, a pinned session, a running one, and what is no session.',
    '',
    `  --keep N          whole-plan runs (${KEEP}, or any number where only --days is given)`,
    `  --days N          days (${DAYS}, or for ever where only --keep is given)`,
    `  --keep-partial N  partial runs (${KEEP_PARTIAL})`,
    '  --dry-run         only says what it would remove',
    '  --yes             does not ask',
    '  --json            for machines',
    '',
    '  jarvis prune --dry-run',
    '  jarvis prune --keep 20 --yes',
    '',
    'Exit codes: 0, also where there was nothing to remove; 1 where something could not be removed; 2 where nobody',
    'said yes.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('prune', args, {
      keep: { type: 'string' },
      days: { type: 'string' },
      'keep-partial': { type: 'string' },
      'dry-run': { type: 'boolean' },
      yes: { type: 'boolean' },
      json: { type: 'boolean' },
    })
    if (positionals.length > 0) {
      throw new JarvisError('USAGE', 'Expected options only. See: jarvis prune --help')
    }
    const [keep, days] = [whole('--keep', values.keep), whole('--days', values.days)]
    const isStated = keep !== null || days !== null
    const logs = logsFolder(terminal)
    const retention = {
      keep: isStated ? keep : KEEP,
      days: isStated ? days : DAYS,
      keepPartial: whole('--keep-partial', values['keep-partial']) ?? KEEP_PARTIAL,
    }
    const plan = await patiently(
      () => `Looking at the sessions in ${logs} …`,
      () => planPruning(logs, retention),
    )
    const isDry = values['dry-run'] === true
    if (!values.json) terminal.write(planText(plan, isDry))
    const isEmpty = plan.remove.length === 0 && plan.remains.length === 0
    const mayGo = isDry || isEmpty || values.yes === true || (await isAgreed(values.json === true))
    if (!mayGo) {
      terminal.write('Nothing was removed: say y, or add --yes.\n')
      return COULD_NOT_RUN
    }
    const pruned = isDry ? { removed: [], left: [] } : await pruneAloud(plan)
    terminal.write(values.json ? jsonText(plan, pruned, isDry) : doneText(pruned))
    return pruned.left.length > 0 ? 1 : 0
  },
}

function pruneAloud(plan: PrunePlan): Promise<Pruned> {
  return patiently(
    () => `Removing ${plan.remove.length} sessions …`,
    () => prune(plan),
  )
}

function whole(name: string, text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text)
  const what = `Expected ${name} to be a whole number, 1 or more, got \`${text}\``
  throw new JarvisError('USAGE', `${what}. See: jarvis prune --help`)
}

async function isAgreed(json: boolean): Promise<boolean> {
  if (json || !process.stdin.isTTY || !process.stdout.isTTY) return false
  const ask = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return /^y(es)?$/i.test((await ask.question('Remove them? [y/N] ')).trim())
  } finally {
    ask.close()
  }
}

function planText(plan: PrunePlan, isDry: boolean): string {
  const lines = plan.remove.map((session) => {
    const { name, kind, bytes, beyond, startedAt } = session
    const why = beyond === 'age' ? 'too old' : 'too many'
    const when = startedAt.slice(0, 10)
    return `${name}  ${when}  ${kind.padEnd(7)}  ${megabytes(bytes).padStart(8)}  ${why}`
  })
  for (const { name, why } of plan.protected) lines.push(`${name}  stays: ${why}`)
  if (plan.remains.length > 0) {
    lines.push(`What an earlier pruning left of ${plan.remains.length} sessions goes as well.`)
  }
  const would = isDry ? 'would be removed' : 'to remove'
  const total = megabytes(bytesOf(plan.remove))
  const count = plan.remove.length === 1 ? '1 session' : `${plan.remove.length} sessions`
  lines.push(plan.remove.length === 0 ? 'No session to remove.' : `${count} ${would}, ${total}.`)
  return `${lines.join('\n')}\n`
}

function doneText(pruned: Pruned): string {
  const lines = pruned.left.map(({ name, why }) => `${name} stays: ${why}`)
  if (pruned.removed.length > 0) lines.push(`Done: ${prunedSentence(pruned)}.`)
  return lines.map((line) => `${line}\n`).join('')
}

function jsonText(plan: PrunePlan, pruned: Pruned, isDry: boolean): string {
  const [sessions, left] = isDry ? [plan.remove, plan.protected] : [pruned.removed, pruned.left]
  const report = {
    schema_version: 1,
    dry_run: isDry,
    bytes: bytesOf(sessions),
    removed: sessions.map(({ name, kind, startedAt, bytes, beyond }) => ({
      name,
      kind,
      started_at: startedAt,
      bytes,
      beyond,
    })),
    stays: isDry ? left : [...plan.protected, ...left],
  }
  return `${visibleJson(report, 2)}\n`
}

function bytesOf(sessions: readonly Surplus[]): number {
  return sessions.reduce((sum, { bytes }) => sum + bytes, 0)
}
