import { timesOf } from '../../events/index.ts'
import { memoryInAll } from '../session/model-memory.ts'
import { own } from '../../host/own.ts'
import { gates } from './gates.ts'
import {
  flagsOf,
  loadoutKey,
  loadoutName,
  metricOf,
  type PageLoadout,
  rowCount,
  run,
} from './data.ts'
import { certaintyText, rankingSentences, ratioText, speedOf, speedTitles } from '../speed/text.ts'
import { type Child, foreign, h, section, table } from './dom.ts'
import { direction, gigabytes, localTime, measured, number, seconds } from './format.ts'
import { linkTo } from './state.ts'
import { statusMark } from './status.ts'

/** Problems that are listed here; all of them are among the results. */
const MOST_PROBLEMS = 12
/** Lines of a message that are shown. */
const MOST_LINES = 5
/** What of a loadout is no matter of speed. */
const METRICS = ['wer', 'match']

/** What those come to. */
const OVER_ALL: Readonly<Record<string, string>> = {
  wer: 'of all words of all results together',
  match: 'mean of all results',
}

type Problem = (typeof run.causes)[number]
type Memory = readonly [title: string, key: string, value: (loadout: PageLoadout) => number | null]
const VRAM: readonly Memory[] = [
  ['VRAM prior', 'vram_prior', ({ vramPrior }) => vramPrior],
  ['loaded', 'vram_loaded', ({ vramLoaded }) => vramLoaded],
  ['peak', 'vram_peak', ({ vramPeak }) => vramPeak],
  ['after', 'vram_after', ({ vramAfter }) => vramAfter],
]

/** What was foreseen of memory beside what was measured, of all models of a loadout. */
const MEMORY: readonly (readonly [
  text: string,
  title: string,
  (loadout: PageLoadout) => string,
])[] = [
  [
    'Memory predicted',
    'GB, on the GPUs, else in main memory',
    (loadout) => gigabytes(memoryInAll(loadout).predicted),
  ],
  [
    'measured',
    'GB, by the engine, else by its processes',
    (loadout) => gigabytes(memoryInAll(loadout).measured),
  ],
  [
    'error',
    '(predicted − measured) / measured',
    (loadout) => signedShare(memoryInAll(loadout).error),
  ],
]

/** What a person wants to know first: what went wrong, and how each loadout did. */
export function overview(): HTMLElement {
  return h(
    'div',
    { class: 'stack' },
    gates(),
    run.errors.length > 0 && runErrors(),
    problems(),
    run.loadouts.length > 0
      ? section('Loadouts', loadouts())
      : h('p', { class: 'muted' }, 'There is no result and no loadout in this session.'),
    flagged(),
    run.leftOut.length > 0 &&
      section('Not in this page', h('ul', null, ...run.leftOut.map((one) => h('li', null, one)))),
  )
}

function runErrors(): HTMLElement {
  return section(
    'Outside of scenarios',
    h(
      'ul',
      { class: 'problems' },
      ...run.errors
        .slice(0, MOST_PROBLEMS)
        .map(({ time, message }) =>
          h(
            'li',
            null,
            h('span', { class: 'muted' }, `${localTime(time).slice(11)} `),
            foreign(message),
          ),
        ),
    ),
  )
}

/** What kept results from passing, those with most of them first: each leads to its results. */
function problems(): HTMLElement | null {
  const { failed, missing, interrupted } = run.counts
  const count = failed + missing + interrupted
  if (count === 0) return null
  const all = linkTo({ view: 'results', status: ['FAILED', 'MISSING', 'INTERRUPTED'] })
  const causes = run.causes.length
  const results =
    count === 1
      ? 'One result needs attention'
      : `${count.toLocaleString('en')} results need attention`
  const title = causes < count ? `${results}: ${counted(causes, 'cause')}` : results
  const card = section(
    title,
    h('ul', { class: 'problems' }, ...run.causes.slice(0, MOST_PROBLEMS).map(problem)),
    causes > MOST_PROBLEMS && h('p', null, h('a', { href: all }, 'Show all of them')),
  )
  card.classList.add('problems-card')
  return card
}

function problem({ id, message, counts, loadouts: titles, first }: Problem): HTMLElement {
  const count = Object.values(counts).reduce((sum, some) => sum + some, 0)
  const others = count > 1
  const href = others
    ? linkTo({ view: 'results', cause: id })
    : linkTo({ view: 'results', result: first.id })
  const where = titles.length > 1 ? `on ${counted(titles.length, 'loadout')}` : first.title
  return h(
    'li',
    null,
    statusMark(first.status, { word: false }),
    ' ',
    h('a', { href }, foreign(first.name)),
    others && h('span', { class: 'muted' }, ` and ${(count - 1).toLocaleString('en')} more`),
    h('span', { class: 'tag domain' }, first.domain),
    foreign(where, 'muted'),
    message === '' ? null : h('p', { class: 'message' }, foreign(gistOf(message))),
  )
}

/** What happened, and how it ended: as a rule the last lines of a service say why. The rest is with the results. */
function gistOf(message: string): string {
  const lines = message.split('\n')
  if (lines.length <= MOST_LINES) return message
  return [lines[0], '…', ...lines.slice(2 - MOST_LINES)].join('\n')
}

function counted(count: number, word: string): string {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`
}

function loadouts(): HTMLElement {
  const keys = METRICS.filter((key) => run.loadouts.some(({ spreads }) => spreads[key]))
  const speeds = speedTitles(run.rankings)
  const vram = run.loadouts.some(({ vramPeak, vramLoaded }) => (vramPeak ?? vramLoaded) !== null)
  const memory = run.loadouts.some((loadout) => loadout.memory !== undefined)
  const heads = [
    'Loadout',
    'Results',
    { text: 'Setup', number: true, title: 'Start → ready and warm' },
    { text: 'Run', number: true, title: 'Ready → asked to stop' },
    { text: 'Cleanup', number: true, title: 'Stop asked → processes gone and memory returned' },
    ...speeds.map((text) => ({
      text,
      number: true,
      title: 'Ratio to the fastest, over the scenarios that passed on all loadouts of the domain',
    })),
    ...keys.map((key) => ({
      text: metricOf(key).title,
      number: true,
      title: `${OVER_ALL[key]}; ${metricOf(key).definition}; ${direction(key)}`,
    })),
    ...(vram ? VRAM.map(([text, key]) => ({ text, number: true, title: aboutOf(key) })) : []),
    ...(memory ? MEMORY.map(([text, title]) => ({ text, number: true, title })) : []),
  ]
  const lines = run.loadouts.map((loadout): Child[] => [
    nameCell(loadout),
    resultBar(loadout),
    times(loadout, 'setupTime'),
    times(loadout, 'runTime'),
    times(loadout, 'cleanupTime'),
    ...speeds.map((one) => speedCell(one, loadout)),
    ...keys.map((key) => summaryText(key, loadout)),
    ...(vram ? VRAM.map(([, , value]) => gigabytes(value(loadout))) : []),
    ...(memory ? MEMORY.map(([, , value]) => value(loadout)) : []),
  ])
  const notes = [
    ...run.rankings.flatMap(rankingSentences),
    ...keys.map((key) => `${metricOf(key).title}: ${OVER_ALL[key]}.`),
  ]
  return h(
    'div',
    null,
    table(heads, lines, 'Loadouts'),
    h('ul', { class: 'muted note' }, ...notes.map((one) => h('li', null, foreign(one)))),
  )
}

/** `+2.1 %`; as other unknown numbers where it is not known. */
function signedShare(share: number | null): string {
  return share === null ? number(null) : `${share > 0 ? '+' : ''}${(share * 100).toFixed(1)} %`
}

function aboutOf(key: string): string {
  return metricOf(key).definition
}

/** How fast a loadout is beside the fastest of its domain. */
function speedCell(title: string, loadout: PageLoadout): Child {
  const found = speedOf(run.rankings, { ...loadout, title })
  if (found === null) return number(null)
  const { ranking, rank } = found
  const isFastest = ranking.ranks[0] === rank
  return h(
    'div',
    null,
    h(isFastest ? 'strong' : 'span', null, ratioText(rank.ratio)),
    h('div', { class: 'muted certainty' }, certaintyText(rank, ranking.n)),
  )
}

/** Of all results, passed or not: an error rate of all counts together, else the mean. */
function summaryText(key: string, { spreads }: PageLoadout): string {
  const spread = spreads[key]
  return measured(key, spread?.pooled ?? spread?.mean)
}

function nameCell(loadout: PageLoadout): Child {
  const { domain, status, failure, leak, restarts } = loadout
  return h(
    'div',
    { class: 'loadout-name' },
    h('span', { class: 'tag domain' }, domain),
    h(
      'a',
      { href: linkTo({ view: 'results', loadout: loadoutKey(loadout) }) },
      foreign(loadoutName(loadout)),
    ),
    status === 'waiting' && h('span', { class: 'tag' }, 'not begun'),
    restarts > 0 && h('span', { class: 'tag warn' }, `restarted ${restarts}×`),
    failure !== null && h('p', { class: 'message' }, foreign(failure)),
    leak !== null && h('p', { class: 'message' }, foreign(leak)),
  )
}

/** How many results ended in which way, as parts of a bar and in figures. */
function resultBar({ counts }: PageLoadout): HTMLElement {
  const parts = (['passed', 'failed', 'missing', 'interrupted', 'skipped'] as const).filter(
    (kind) => counts[kind] > 0,
  )
  const all = parts.reduce((sum, kind) => sum + counts[kind], 0)
  const words = parts.map((kind) => `${counts[kind]} ${kind}`).join(', ')
  const bar = h('div', { class: 'bar', 'aria-hidden': 'true' })
  for (const kind of parts) {
    const part = h('i', { class: kind })
    part.style.flexGrow = String(counts[kind])
    bar.append(part)
  }
  const text = parts.length === 1 && counts.passed === all ? `${all} passed` : words
  return h('div', { class: 'result-bar' }, bar, h('span', null, all === 0 ? 'none' : text))
}

function flagged(): HTMLElement | null {
  const counts = new Map<string, number>()
  for (let row = 0; row < rowCount; row += 1) {
    for (const flag of flagsOf(row)) {
      if (flag !== 'cold') counts.set(flag, (counts.get(flag) ?? 0) + 1)
    }
  }
  if (counts.size === 0) return null
  return section(
    'Numbers to be careful with',
    h(
      'ul',
      { class: 'flags' },
      ...[...counts].map(([flag, count]) =>
        h(
          'li',
          null,
          h('a', { href: linkTo({ view: 'results', flag }), class: 'tag warn' }, flag),
          ` ${count.toLocaleString('en')} ${count === 1 ? 'result' : 'results'}. ${own(run.flags, flag) ?? ''}`,
        ),
      ),
    ),
  )
}

/** Of a run that was resumed a loadout may have been up more than once. */
function times(loadout: PageLoadout, key: Parameters<typeof timesOf>[1]): string {
  return timesOf(loadout, key).map(seconds).join(' + ') || seconds(null)
}
