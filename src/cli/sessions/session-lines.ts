import { shardText } from '../../events/shard-text.ts'
import { mergedText } from '../../events/merged-text.ts'
import pc from 'picocolors'
import { duration } from '../../dashboard/format.ts'
import { clean, type Paint } from '../../dashboard/text.ts'
import { timesOf } from '../../events/index.ts'
import { resumeCommand } from '../../session/resume-command.ts'
import { GATE_WORDS, gateTitle } from '../../report/gate-words.ts'
import {
  hasHosts,
  hostParts,
  hostsOfLoadout,
  type LoadoutReport,
  outcomeOf,
  outcomeText,
  ranText,
  type SessionReport,
} from '../../report/session/index.ts'
import {
  certaintyText,
  rankingSentences,
  ratioText,
  speedOf,
  speedTitles,
} from '../../report/speed/text.ts'
import type { SpeedRanking } from '../../report/speed/types.ts'
import { type Column, outcomeColour, tableLines } from './table.ts'
import { canGoOn, hostText, resultsText, timeText } from './words.ts'

const LABEL_WIDTH = 10
const MOST_SENTENCES = 5

/** What a session says of its run, without its results. */
export function sessionLines(
  session: SessionReport,
  speeds: readonly SpeedRanking[],
  colors: boolean,
): string[] {
  const colours = pc.createColors(colors)
  const outcome = outcomeOf(session)
  const lines = [
    `${colours.bold(clean(session.name))}  ${outcomeColour(colours, outcome)(outcomeText(outcome))}  ${resultsText(session.counts)}`,
  ]
  const add = (label: string, text: string | null): void => {
    if (text !== null) lines.push(`${colours.dim(label.padEnd(LABEL_WIDTH))}${text}`)
  }
  const { verdict, sentence } = session.judgement
  const isWell = verdict === 'whole' || verdict === 'running'
  lines.push((isWell ? colours.dim : colours.red)(clean(sentence)))
  if (canGoOn(session)) lines.push(`Go on with it: ${resumeCommand(clean(session.name))}`)
  add('plan', planText(session))
  add('imported', session.imported === null ? null : `from ${clean(session.imported.from)}`)
  add('started', session.startedAt === null ? null : timesText(session))
  if (hasHosts(session)) for (const text of hostTexts(session)) add('host', text)
  else add('host', session.host === null ? null : machineText(session))
  add('git', gitText(session))
  add('versions', versionsText(session))
  add('files', session.directory)
  for (const gate of session.gates) {
    const paint = gate.fails ? colours.red : gate.status === 'held' ? colours.green : colours.yellow
    const word = GATE_WORDS[gate.status]
    add('gate', `${clean(gateTitle(gate))} ${paint(word)}: ${clean(gate.message)}`)
  }
  lines.push(
    ...sentenceLines(
      'error',
      session.errors.map(({ message }) => message),
      colours.red,
    ),
  )
  lines.push(...sentenceLines('damage', session.damage, colours.yellow))
  if (session.loadouts.length > 0) lines.push('', ...loadoutLines(session, colors))
  lines.push(...speedLines(session, speeds, colors))
  return lines
}

function planText({ plan, kind, shard, merged }: SessionReport): string | null {
  if (plan === null) return null
  const file = plan.file === '' ? '' : ` (${plan.file})`
  const what = shard !== null ? shardText(shard) : merged !== null ? mergedText(merged) : null
  const part = what !== null ? `, ${what}` : kind === 'partial' ? ', a part of it' : ''
  return clean(`${plan.name}${file}${part}`)
}

function timesText({ startedAt, duration: seconds }: SessionReport): string {
  return timeText(startedAt) + (seconds === null ? '' : `, took ${duration(seconds)}`)
}

function machineText({ host }: SessionReport): string {
  const { os, ramGb, gpus } = host!
  const driver = gpus[0]?.driver ?? null
  const parts = [hostText(host), driver === null ? null : `driver ${driver}`]
  parts.push(ramGb === null ? null : `${ramGb.toFixed(0)} GB RAM`, os)
  return clean(parts.filter((part) => part !== null).join(', '))
}

/** Each host with what it has and which parts it ran. */
function hostTexts(session: SessionReport): string[] {
  return hostParts(session).map(({ label, parts, gpus, machine }) => {
    const what = gpus.length > 0 ? gpus.join(', ') : (machine?.cpu ?? machine?.os ?? null)
    const driver = machine?.driver ?? null
    const facts = [what, driver === null ? null : `driver ${driver}`, ranText(parts)]
    return clean(`${label}: ${facts.filter((fact) => fact !== null).join(', ')}`)
  })
}

function gitText({ git }: SessionReport): string | null {
  if (git === null || git.commit === null) return null
  const branch = git.branch === null ? '' : `${git.branch} `
  return clean(`${branch}${git.commit.slice(0, 10)}${git.dirty === true ? ' with changes' : ''}`)
}

function versionsText({ runtime, engines }: SessionReport): string | null {
  const names = ['jarvis', 'vitest', 'node'].filter((name) => runtime[name] !== undefined)
  const parts = names.map((name) => `${name} ${runtime[name]}`)
  for (const [engine, version] of Object.entries(engines)) {
    parts.push(`${engine} ${version ?? 'not found'}`)
  }
  return parts.length === 0 ? null : clean(parts.join(', '))
}

function sentenceLines(label: string, sentences: readonly string[], paint: Paint): string[] {
  const shown = sentences.slice(0, MOST_SENTENCES)
  const left = sentences.length - shown.length
  const all = left > 0 ? [...shown, `and ${left} more`] : shown
  return all.map((sentence) => `${paint(label.padEnd(LABEL_WIDTH))}${clean(sentence)}`)
}

const COLUMNS: readonly Column[] = [
  { title: 'DOMAIN' },
  { title: 'LOADOUT', longest: 50 },
  { title: 'HOST', longest: 40 },
  { title: 'STATE' },
  { title: 'RESULTS' },
  { title: 'SETUP', side: 'right' },
  { title: 'RUN', side: 'right' },
  { title: 'CLEANUP', side: 'right' },
  { title: 'VRAM PRIOR', side: 'right' },
  { title: 'LOADED', side: 'right' },
  { title: 'PEAK', side: 'right' },
  { title: 'AFTER', side: 'right' },
]

/** Domain, loadout, state and results. */
const ALWAYS: ReadonlySet<number> = new Set([0, 1, 3, 4])

function loadoutLines(session: SessionReport, colors: boolean): string[] {
  const { loadouts } = session
  const names = (one: LoadoutReport): string =>
    hasHosts(session) ? hostsOfLoadout(session, one).join(', ') : ''
  const colours = pc.createColors(colors)
  // Of a run that was resumed it may have been up more than once.
  const seconds = (values: readonly number[]): string => values.map(duration).join(' + ')
  const memory = (value: number | null): string => (value === null ? '' : `${value.toFixed(2)} GB`)
  const rows = loadouts.map((one) => [
    one.domain,
    clean(one.loadout),
    clean(names(one)),
    one.status,
    resultsText(one.counts),
    seconds(timesOf(one, 'setupTime')),
    seconds(timesOf(one, 'runTime')),
    seconds(timesOf(one, 'cleanupTime')),
    memory(one.vramPrior),
    memory(one.vramLoaded),
    memory(one.vramPeak),
    memory(one.vramAfter),
  ])
  const shown = COLUMNS.map(
    (_, index) => ALWAYS.has(index) || rows.some((row) => row[index] !== ''),
  )
  const columns = COLUMNS.filter((_, index) => shown[index])
  const cells = rows.map((row) => row.filter((_, index) => shown[index]))
  const table = tableLines(columns, cells, (text, row) =>
    row === null ? colours.bold(text) : text,
  )
  const notes = loadouts.flatMap(({ loadout, failure, leak }) =>
    [failure, leak].flatMap((note) => (note === null ? [] : [`${loadout}: ${note}`])),
  )
  return [...table, ...notes.map((note) => colours.red(clean(note)))]
}

/** How fast the loadouts of each domain are beside each other, and over what. */
function speedLines(
  { loadouts }: SessionReport,
  speeds: readonly SpeedRanking[],
  colors: boolean,
): string[] {
  const colours = pc.createColors(colors)
  const titles = speedTitles(speeds)
  const lines = loadouts.flatMap((one) => {
    const found = titles.map((title) => speedOf(speeds, { ...one, title }))
    return found.some((each) => each !== null) ? [{ one, found }] : []
  })
  const columns = ['DOMAIN', 'LOADOUT', ...titles].map((title) => ({ title: title.toUpperCase() }))
  const rows = lines.map(({ one, found }) => [one.domain, one.loadout, ...found.map(speedText)])
  const table = tableLines(
    columns,
    rows.map((row) => row.map(clean)),
    (text, row, column) => {
      const isFastest = row !== null && lines[row]?.found[column - 2]?.rank.ratio === 1
      return row === null || isFastest ? colours.bold(text) : text
    },
  )
  const sentences = speeds.flatMap(rankingSentences).map((one) => colours.dim(clean(one)))
  return [
    ...(rows.length > 0 ? ['', ...table] : []),
    ...(sentences.length > 0 ? ['', ...sentences] : []),
  ]
}

function speedText(found: ReturnType<typeof speedOf>): string {
  if (found === null) return ''
  return `${ratioText(found.rank.ratio)} (${certaintyText(found.rank, found.ranking.n)})`
}
