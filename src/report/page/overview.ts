import { gates } from './gates.ts'
import {
  flagsOf,
  loadoutKey,
  loadoutName,
  loadoutOf,
  metricOf,
  type PageLoadout,
  rowCount,
  rows,
  run,
  statusOf,
} from './data.ts'
import { type Child, foreign, h, section, table } from './dom.ts'
import { direction, gigabytes, localTime, measured, seconds } from './format.ts'
import { linkTo } from './state.ts'
import { statusMark } from './status.ts'

/** Problems that are listed here; all of them are among the results. */
const MOST_PROBLEMS = 12
const METRICS = ['ttft', 'tps', 'rtf', 'wer', 'match']

type Memory = readonly [title: string, key: string, value: (loadout: PageLoadout) => number | null]
const VRAM: readonly Memory[] = [
  ['VRAM prior', 'vram_prior', ({ vramPrior }) => vramPrior],
  ['loaded', 'vram_loaded', ({ vramLoaded }) => vramLoaded],
  ['peak', 'vram_peak', ({ vramPeak }) => vramPeak],
  ['after', 'vram_after', ({ vramAfter }) => vramAfter],
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

/** Results of one scenario on one loadout that ended alike. */
interface Problem {
  row: number
  count: number
}

function problems(): HTMLElement | null {
  const found = new Map<string, Problem>()
  let count = 0
  for (let row = 0; row < rowCount; row += 1) {
    const status = statusOf(row)
    if (status === 'PASSED' || status === 'SKIPPED') continue
    count += 1
    const key = `${rows.loadout[row]} ${status} ${rows.name[row]}`
    const same = found.get(key)
    if (same === undefined) found.set(key, { row, count: 1 })
    else same.count += 1
  }
  if (count === 0) return null
  const all = linkTo({ view: 'results', status: ['FAILED', 'MISSING', 'INTERRUPTED'] })
  const title =
    count === 1
      ? 'One result needs attention'
      : `${count.toLocaleString('en')} results need attention`
  const card = section(
    title,
    h('ul', { class: 'problems' }, ...[...found.values()].slice(0, MOST_PROBLEMS).map(problem)),
    found.size > MOST_PROBLEMS && h('p', null, h('a', { href: all }, 'Show all of them')),
  )
  card.classList.add('problems-card')
  return card
}

function problem({ row, count }: Problem): HTMLElement {
  return h(
    'li',
    null,
    statusMark(statusOf(row), { word: false }),
    ' ',
    h(
      'a',
      { href: linkTo({ view: 'results', result: rows.id[row] ?? '' }) },
      foreign(rows.name[row] ?? ''),
    ),
    count > 1 && h('span', { class: 'muted' }, ` ${count}×`),
    h('span', { class: 'tag domain' }, loadoutOf(row)?.domain ?? '?'),
    foreign(loadoutName(loadoutOf(row)), 'muted'),
    rows.preview[row] ? h('p', { class: 'message' }, foreign(rows.preview[row])) : null,
  )
}

function loadouts(): HTMLElement {
  const keys = METRICS.filter((key) => run.loadouts.some(({ spreads }) => spreads[key]))
  const vram = run.loadouts.some(({ vramPeak, vramLoaded }) => (vramPeak ?? vramLoaded) !== null)
  const heads = [
    'Loadout',
    'Results',
    { text: 'Setup', number: true, title: 'Start → ready and warm' },
    { text: 'Run', number: true, title: 'Ready → asked to stop' },
    { text: 'Cleanup', number: true, title: 'Stop asked → processes gone and memory returned' },
    ...keys.map((key) => ({
      text: metricOf(key).title,
      number: true,
      title: `Median; ${metricOf(key).definition}; ${direction(key)}`,
    })),
    ...(vram ? VRAM.map(([text, key]) => ({ text, number: true, title: aboutOf(key) })) : []),
  ]
  const lines = run.loadouts.map((loadout): Child[] => [
    nameCell(loadout),
    resultBar(loadout),
    seconds(loadout.setupTime),
    seconds(loadout.runTime),
    seconds(loadout.cleanupTime),
    ...keys.map((key) => summaryText(key, loadout)),
    ...(vram ? VRAM.map(([, , value]) => gigabytes(value(loadout))) : []),
  ])
  const notes = [
    keys.length > 0 && 'Medians of all results',
    keys.includes('wer') && 'WER of all words together',
    keys.includes('ttft') && 'cold starts stay out of TTFT',
  ].filter((one) => one !== false)
  const note = notes.length > 0 ? `${notes.join('; ')}.` : ''
  return h('div', null, table(heads, lines, 'Loadouts'), h('p', { class: 'muted note' }, note))
}

function aboutOf(key: string): string {
  return metricOf(key).definition
}

/** The median, or for an error rate that of all counts together. */
function summaryText(key: string, { spreads }: PageLoadout): string {
  const spread = spreads[key]
  return measured(key, spread?.pooled ?? spread?.median)
}

function nameCell(loadout: PageLoadout): Child {
  const { domain, status, failure, leak, restarts } = loadout
  return h(
    'div',
    null,
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
          ` ${count.toLocaleString('en')} ${count === 1 ? 'result' : 'results'}. ${run.flags[flag] ?? ''}`,
        ),
      ),
    ),
  )
}
