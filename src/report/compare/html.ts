import { createHash } from 'node:crypto'
import { outcomeOf, outcomeText } from '../session/outcome.ts'
import { axisOf } from './axis.ts'
import {
  countsLine,
  type Entry,
  loadoutText,
  ruleOf,
  type Section,
  sectionsOf,
  testText,
  verdictWord,
} from './sections.ts'
import { STYLE } from './style.ts'
import type { Comparison, LoadoutChange, SideSummary } from './types.ts'

/** A browser shows so many of a kind at once without effort. */
const MOST_ENTRIES = 1_000

/** A comparison as one file that needs nothing else, runs nothing and loads nothing. */
export function comparisonPage(comparison: Comparison): string {
  const { a, b, differences, loadouts } = comparison
  const hash = createHash('sha256').update(STYLE).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  const title = `${a.name} → ${b.name}`
  const parts = [
    `<h1>${escape(title)}</h1>`,
    `<p class="counts">${escape(countsLine(comparison))}</p>`,
    table(
      'Sessions',
      ['', 'Session', 'Plan', 'Ended', 'Results', 'Duration'],
      [side('A', a), side('B', b)],
    ),
    ...[a, b].map(({ name, judgement: { verdict, sentence } }) => {
      const tone = verdict === 'whole' ? 'rule' : 'warning'
      return `<p class="${tone}">${escape(`${name}: ${sentence}`)}</p>`
    }),
    differences.length === 0
      ? '<p>Host, driver, engines, models and versions are the same.</p>'
      : table(
          'What else is different',
          ['', 'A', 'B'],
          differences.map((one) => [one.what, one.a, one.b]),
        ),
    ...sectionsOf(comparison).map(sectionHtml),
    verdictsHtml(comparison),
    loadoutsHtml(loadouts),
    axisHtml(comparison),
    leftOutHtml(comparison),
    `<p class="rule">${escape(ruleOf(comparison))}</p>`,
  ]
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    ...parts.filter((part) => part !== ''),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function side(label: string, one: SideSummary): string[] {
  const { name, plan, counts, duration, startedAt } = one
  const parts = Object.entries(counts).filter(([, count]) => count > 0)
  return [
    label,
    `${name}${startedAt === null ? '' : `, ${startedAt.slice(0, 16).replace('T', ' ')}`}`,
    plan ?? 'unknown',
    outcomeText(outcomeOf(one)),
    parts.map(([name_, count]) => `${count} ${name_}`).join(', ') || 'none',
    duration === null ? 'unknown' : `${duration.toFixed(1)} s`,
  ]
}

function sectionHtml({ title, tone, entries }: Section): string {
  const head = `<h2 class="${tone}">${escape(title)} <span>${entries.length}</span></h2>`
  const items = entries.slice(0, MOST_ENTRIES).map(entryHtml).join('\n')
  const rest = entries.length - MOST_ENTRIES
  const more =
    rest > 0 ? `\n<p class="rule">and ${rest} more: jarvis compare --json has them</p>` : ''
  return `<section>\n${head}\n<ul>\n${items}\n</ul>${more}\n</section>`
}

function entryHtml({ name, domain, loadout, details }: Entry): string {
  const place = `<span class="place">${escape(`${domain} ${loadout}`)}</span>`
  const lines = details.map((detail) => `<p>${escape(detail)}</p>`).join('')
  return `<li><strong dir="auto">${escape(name)}</strong> ${place}${lines}</li>`
}

function axisHtml({ timeline }: Comparison): string {
  if (timeline === undefined) return ''
  const rows = axisOf(timeline)
    .slice(-MOST_ENTRIES)
    .map(({ session, text }) => [session, text])
  if (rows.length === 0) return ''
  return table(`Since when, over ${timeline.nights.length} nights`, ['From', 'What'], rows)
}

function leftOutHtml({ left_out: left }: Comparison): string {
  if (left.length === 0) return ''
  const rows = left.slice(0, MOST_ENTRIES).map(({ session, why }) => [session, why])
  return table('Nights that were not held beside B', ['Session', 'Why'], rows)
}

function verdictsHtml({ verdicts, nights }: Comparison): string {
  if (verdicts.length === 0) return ''
  const rows = verdicts.map((verdict) => [
    `${verdict.domain} ${verdict.loadout}`,
    verdict.aspect,
    verdictWord(verdict)?.toLowerCase() ?? STATES[verdict.state],
    verdict.since === null ? verdict.sentence : `${verdict.sentence}, since ${verdict.since}`,
    testText(verdict) ?? '',
  ])
  const head = ['Loadout', 'Aspect', 'Verdict', 'What was seen', 'Test']
  return table(`What ${nights.length} nights before B say`, head, rows)
}

const STATES = {
  changed: 'changed',
  not_changed: 'not changed',
  cannot_tell: 'cannot tell',
} as const

function loadoutsHtml(loadouts: readonly LoadoutChange[]): string {
  if (loadouts.length === 0) return ''
  const rows = loadouts.flatMap(({ domain, loadout, scenarios, changes }) =>
    changes.map((number) => [`${domain} ${loadout}`, String(scenarios), loadoutText(number)]),
  )
  const head = ['Loadout', 'Scenarios that passed in both', 'B beside A']
  return table(
    'Numbers of loadouts; whether they differ by more than noise is told above',
    head,
    rows,
  )
}

function table(caption: string, head: readonly string[], rows: readonly string[][]): string {
  const cells = (tag: 'td' | 'th', row: readonly string[]): string =>
    row
      .map((cell) => `<${tag}${tag === 'th' ? ' scope="col"' : ''}>${escape(cell)}</${tag}>`)
      .join('')
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')
  return [
    `<section><h2>${escape(caption)}</h2>`,
    `<div class="wide" tabindex="0" role="region" aria-label="${escape(caption)}">`,
    `<table><thead><tr>${cells('th', head)}</tr></thead>`,
    `<tbody>\n${body}\n</tbody></table></div></section>`,
  ].join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Whatever a text holds, it stays text: markup, control characters and changes of direction do nothing. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu, (character) =>
      character === '\n' || character === '\t' ? character : '',
    )
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
