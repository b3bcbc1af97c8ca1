import { mergedText, shardText } from '../../events/index.ts'
import { visibleJson } from '../../host/plain-text.ts'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pc from 'picocolors'
import { duration } from '../../dashboard/format.ts'
import { clean } from '../../dashboard/text.ts'
import { JarvisError, messageOf } from '../../errors.ts'
import {
  hostLabels,
  isSession,
  type NightNews,
  outcomeOf,
  outcomeText,
  type SessionSummary,
  SummaryCache,
} from '../../report/session/index.ts'
import { byRun, holderInWords, runHolders } from '../../session/lock/lock-holders.ts'
import { readBaselines } from '../../session/history/baselines.ts'
import { SESSION_NAME } from '../../session/directory.ts'
import { isPinned } from '../../session/history/pin.ts'
import { type Command, readArguments, say, type Terminal } from '../command.ts'
import { sessionsByTime } from '../../session/sessions-by-time.ts'
import { livingHolders } from '../../services/warm/holders.ts'
import { warmText } from '../../services/warm/words.ts'
import { completeDead, logsFolder } from '../find-session.ts'
import { snakeCase } from './json.ts'
import { type Column, outcomeColour, tableLines } from './table.ts'
import { resumeCommand } from '../../session/resume-command.ts'
import { canGoOn, hostText, resultsText, timeText } from './words.ts'

const DEFAULT_LIMIT = 20
/** Of so many of the newest nights it is told what broke and was fixed. */
const MOST_NEWS = 30
/** So many sessions are read at once. */
const SIDE_BY_SIDE = 16

/** `jarvis list`: what sessions there are. */
export const listCommand: Command = {
  summary: 'list the sessions',
  help: [
    'Usage: jarvis list [--limit N | --all] [--json]',
    '',
    'Lists the sessions in logs/ (JARVIS_LOGS), newest first: when they started, their plan, what became of them',
    `(*died*: the run was killed or crashed; of one on another host: *running on HOST*, or for how long it is silent),`,
    'their results, what broke and was fixed there (+1 broke, −1 fixed), how long they took, where, and what keeps one from being pruned: a pin, or the name of a baseline.',
    `Then of each that is not whole what became of it. The newest ${DEFAULT_LIMIT}, or the newest N, or all. --json: as an array`,
    'of objects.',
    '',
    '  jarvis list',
    '  jarvis list --all --json',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const options = {
      all: { type: 'boolean' },
      limit: { type: 'string' },
      json: { type: 'boolean' },
    } as const
    const { values, positionals } = readArguments('list', args, options)
    if (positionals.length > 0) {
      throw new JarvisError(
        'USAGE',
        `Unexpected argument ${positionals[0]}. See: jarvis list --help`,
      )
    }
    const limit = values.all === true ? Infinity : limitOf(values.limit)
    const logs = logsFolder(terminal)
    await completeDead(logs)
    const { sessions, unreadable, left } = await readAll(logs, limit)
    if (values.json === true) {
      terminal.write(`${visibleJson(sessions.map(entryOf), 2)}\n`)
    } else {
      const lines = [...listLines(sessions, terminal), ...(await heldLines(terminal.env))]
      terminal.write(`${lines.join('\n')}\n`)
      if (left > 0) terminal.write(`\n${left} more; jarvis list --all shows them.\n`)
      for (const holder of livingHolders(terminal.env)) {
        if (holder.until !== null) terminal.write(`\n${clean(warmText(holder))}\n`)
      }
    }
    for (const sentence of unreadable) say(sentence)
    return 0
  },
}

function limitOf(stated: string | undefined): number {
  if (stated === undefined) return DEFAULT_LIMIT
  if (/^[1-9]\d*$/.test(stated)) return Number(stated)
  throw new JarvisError('USAGE', `Expected --limit to be a number from 1 on, got ${stated}.`)
}

async function readAll(logs: string, limit: number) {
  const named = (await sessionsByTime(logs)).toReversed()
  const newest = named.slice(0, limit).map(({ directory }) => directory)
  const directories = [...newest, ...(await otherSessions(logs)).map((name) => join(logs, name))]
  const sessions: Entry[] = []
  const unreadable: string[] = []
  const baselines = await baselinesOf(logs, unreadable)
  const summaries = await SummaryCache.open(logs)
  for (let from = 0; from < directories.length; from += SIDE_BY_SIDE) {
    const some = directories.slice(from, from + SIDE_BY_SIDE)
    // oxlint-disable-next-line no-await-in-loop -- few at a time, however many there are
    const read = await Promise.allSettled(
      some.map((directory) => readEntry(directory, summaries, baselines)),
    )
    for (const one of read) {
      if (one.status === 'fulfilled') sessions.push(one.value)
      else unreadable.push(messageOf(one.reason))
    }
  }
  sessions.sort(newestFirst)
  const shown = sessions.slice(0, limit)
  const all = named.toReversed().map(({ directory }) => directory)
  await addNews(shown, all, summaries)
  await summaries.save()
  const left = named.length - newest.length + sessions.length - shown.length
  return { sessions: shown, unreadable, left }
}

/** What became of whole nights beside those before: of the newest of them, and of each once. */
async function addNews(
  sessions: readonly Entry[],
  directories: readonly string[],
  summaries: SummaryCache,
): Promise<void> {
  const nights = sessions
    .filter(({ kind, judgement }) => kind === 'plan' && judgement.verdict === 'whole')
    .slice(0, MOST_NEWS)
  for (const night of nights) night.news = summaries.newsOf(night.directory) ?? null
  const unknown = nights.filter(({ news }) => news === null)
  if (unknown.length === 0) return
  // What is remembered is told without all that reads a session.
  const { readNews } = await import('../../report/nights/news.ts')
  const wanted = unknown.map(({ directory }) => directory)
  for (const [directory, news] of await readNews(directories, wanted)) {
    summaries.addNews(directory, news)
    for (const night of unknown) if (night.directory === directory) night.news = news
  }
}

/** A session, what became of it beside the nights before, and what keeps it from being pruned. */
interface Entry extends SessionSummary {
  /** Null for what is no whole night, for the first of all, and beyond the newest thirty. */
  news: NightNews | null
  pinned: boolean
  /** Names of the baselines that it is. */
  baselines: readonly string[]
}

type BaselineNames = ReadonlyMap<string, readonly string[]>

async function readEntry(
  directory: string,
  summaries: SummaryCache,
  names: BaselineNames,
): Promise<Entry> {
  const summary = await summaries.read(directory)
  return {
    ...summary,
    news: null,
    pinned: isPinned(directory),
    baselines: names.get(summary.name) ?? [],
  }
}

/** Names of baselines by their session; a list does not fail by a file that it could do without. */
async function baselinesOf(logs: string, unreadable: string[]): Promise<BaselineNames> {
  const names = new Map<string, string[]>()
  try {
    for (const [name, { session }] of await readBaselines(logs)) {
      names.set(session, [...(names.get(session) ?? []), name])
    }
  } catch (error) {
    unreadable.push(messageOf(error))
  }
  return names
}

/** Directories that are called otherwise and hold a session: one that somebody has renamed, or brought along. */
async function otherSessions(logs: string): Promise<string[]> {
  const entries = await readdir(logs, { withFileTypes: true }).catch(() => [])
  const others = entries.filter((entry) => entry.isDirectory() && !SESSION_NAME.test(entry.name))
  const found = await Promise.all(others.map(({ name }) => isSession(join(logs, name))))
  return others.filter((_, index) => found[index]).map(({ name }) => name)
}

function newestFirst(one: SessionSummary, other: SessionSummary): number {
  const [first, second] = [startOf(one), startOf(other)]
  return second - first || (one.name < other.name ? 1 : -1)
}

/** In milliseconds; a session that does not tell counts as the oldest. */
function startOf({ startedAt }: SessionSummary): number {
  const time = Date.parse(startedAt ?? '')
  return Number.isNaN(time) ? -Infinity : time
}

const COLUMNS: readonly Column[] = [
  { title: 'STARTED' },
  { title: 'SESSION', longest: 40 },
  { title: 'PLAN', longest: 30 },
  { title: 'STATUS' },
  { title: 'TOOK', side: 'right' },
  { title: 'RESULTS' },
  { title: 'NIGHT' },
  { title: 'HOST', longest: 40 },
  { title: 'KEPT', longest: 40 },
]
const STATUS_COLUMN = 3
/** Left out where no row has them. */
const COLUMNS_IF_ANY = new Set([6, 8])

function listLines(sessions: readonly Entry[], terminal: Terminal): string[] {
  if (sessions.length === 0) return ['There are no sessions. Start a run: jarvis run']
  const colours = pc.createColors(terminal.colors)
  const rows = sessions.map((session) => [
    timeText(session.startedAt),
    clean(session.name),
    planText(session),
    clean(session.elsewhere ?? outcomeText(outcomeOf(session))),
    session.duration === null ? 'n/a' : duration(session.duration),
    resultsText(session.counts),
    newsText(session.news),
    hostsText(session),
    keptText(session),
  ])
  const isShown = (column: number): boolean =>
    !COLUMNS_IF_ANY.has(column) || rows.some((row) => row[column] !== '')
  const columns = COLUMNS.filter((_, column) => isShown(column))
  const cells = rows.map((row) => row.filter((_, column) => isShown(column)))
  const table = tableLines(columns, cells, (text, row, column) => {
    if (row === null) return colours.bold(text)
    return column === STATUS_COLUMN ? outcomeColour(colours, text.trim())(text) : text
  })
  const told = sessions
    .filter(({ judgement }) => judgement.verdict !== 'whole')
    .map(({ name, judgement }) => `${clean(name)}: ${clean(judgement.sentence)}`)
  const open = sessions.find((session) => canGoOn(session))
  if (open !== undefined)
    told.push(`To go on with one of these: ${resumeCommand(clean(open.name))}`)
  const good = goodNight(sessions)
  const notes = [...(good === null ? [] : [good]), ...told]
  return notes.length === 0 ? table : [...table, '', ...notes]
}

/** Which runs have the machine, or parts of it, for themselves. */
async function heldLines(env: NodeJS.ProcessEnv): Promise<string[]> {
  const held = byRun(await runHolders(env)).map(({ holder, holds }) => {
    const verb = holds?.includes(' and ') ? 'are' : 'is'
    return clean(`${holds ?? 'This machine'} ${verb} held by a run: ${holderInWords(holder)}.`)
  })
  return held.length === 0 ? [] : ['', ...held]
}

/** `+1 broke, −1 fixed, 2 failing`; what is as it was is not told. */
function newsText(news: NightNews | null): string {
  if (news === null) return ''
  const { broke, fixed, failing, flaky } = news
  const parts = [
    [broke, `+${broke} broke`],
    [fixed, `−${fixed} fixed`],
    [failing, `${failing} failing`],
    [flaky, `${flaky} now and then`],
  ] as const
  return parts.flatMap(([count, text]) => (count === 0 ? [] : [text])).join(', ') || 'as before'
}

/** The last night on which nothing failed but what has always failed; told where the newest is not such a one. */
function goodNight(sessions: readonly Entry[]): string | null {
  const nights = sessions.flatMap(({ name, news }) => (news === null ? [] : [{ name, news }]))
  const [newest] = nights
  if (newest === undefined || newest.news.isGood) return null
  const good = nights.find(({ news }) => news.isGood)
  if (good === undefined) return 'None of these nights was good: each has failures of its own.'
  const { failing } = good.news
  const failed =
    failing === 0 ? '' : `, but ${failing === 1 ? 'one' : failing} that has never passed`
  return `Last good night: ${clean(good.name)}, nothing failed there${failed}.`
}

/** Of a session of several hosts their names; else what its machine is. */
function hostsText({ host, merged = null }: SessionSummary): string {
  const labels = hostLabels({ merged })
  return labels.length > 1 ? clean(labels.join(', ')) : hostText(host)
}

function planText({ plan, kind, shard = null, merged, imported }: SessionSummary): string {
  if (plan === null) return 'n/a'
  // What was remembered by a version of before does not tell.
  const what =
    shard !== null
      ? shardText(shard)
      : merged != null
        ? mergedText(merged)
        : kind === 'partial'
          ? 'partial'
          : imported
            ? 'imported'
            : ''
  return clean(plan.name || plan.file) + (what === '' ? '' : ` (${what})`)
}

function keptText({ pinned, baselines }: Entry): string {
  const parts = baselines.map((name) => `baseline ${name}`)
  return clean([...parts, ...(pinned ? ['pinned'] : [])].join(', '))
}

function entryOf(session: Entry): object {
  return { ...(snakeCase(session) as object), outcome: outcomeOf(session) }
}
