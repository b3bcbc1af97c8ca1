import { outcomeOf, outcomeText } from '../../report/session/index.ts'
import pc from 'picocolors'
import { clean, cut, widthOf } from '../../dashboard/text.ts'
import { axisOf } from '../../report/compare/axis.ts'
import {
  countsLine,
  type Entry,
  loadoutNumbers,
  loadoutText,
  ruleOf,
  type Section,
  sectionsOf,
  verdictWord,
} from '../../report/compare/sections.ts'
import type { Comparison, LoadoutChange, SideSummary } from '../../report/compare/types.ts'
import type { Verdict } from '../../report/nights/index.ts'

interface Look {
  columns: number
  /** Every entry of a section. */
  all: boolean
  colors: boolean
}

/** So many entries of a kind, and changes of an entry, unless all are asked for. */
const MOST_ENTRIES = 10
const MOST_DETAILS = 3
const INDENT = 3
const MAIN = new Set(['duration', 'ttft', 'ttfa', 'tps', 'decode_tps', 'rtf', 'wer', 'vram_peak'])

type Paint = ReturnType<typeof pc.createColors>

/** A comparison for people: what else is different, what changed from the worst on, then each loadout. */
export function compareLines(comparison: Comparison, look: Look): string[] {
  const paint = pc.createColors(look.colors)
  const { a, b, differences, loadouts } = comparison
  const lines = [...sideLines('A', a, look, paint), ...sideLines('B', b, look, paint), '']
  if (differences.length > 0) {
    const width = Math.max(...differences.map(({ what }) => widthOf(clean(what))))
    lines.push(paint.bold('Different besides the results'))
    for (const one of differences) {
      const what = clean(one.what).padEnd(width)
      lines.push(...wrap(`${what}  ${clean(one.a)} → ${clean(one.b)}`, look.columns, 2, width + 2))
    }
    lines.push('')
  }
  for (const section of sectionsOf(comparison)) {
    lines.push(...sectionLines(section, look, paint), '')
  }
  const told = loadouts.filter(({ scenarios, changes }) => scenarios > 0 || changes.length > 0)
  if (told.length > 0) {
    lines.push(paint.bold('Loadouts, by the nights before B'))
    for (const loadout of told) {
      const own = comparison.verdicts.filter(
        (one) => one.domain === loadout.domain && one.loadout === loadout.loadout,
      )
      lines.push(...loadoutLines(loadout, own, look, paint))
    }
    lines.push('')
  }
  lines.push(...axisLines(comparison, look, paint))
  const [verdict = '', ...more] = wrap(`${countsLine(comparison)}.`, look.columns, 0)
  const rule = wrap(ruleOf(comparison), look.columns, 0).map((line) => paint.dim(line))
  return [...lines, paint.bold(verdict), ...more.map((line) => paint.bold(line)), ...rule]
}

/** The newest of what happened over all nights. */
function axisLines({ timeline }: Comparison, look: Look, paint: Paint): string[] {
  const entries = timeline === undefined ? [] : axisOf(timeline)
  if (timeline === undefined || entries.length === 0) return []
  const shown = look.all
    ? entries
    : entries.filter(({ isPart }) => isPart !== true).slice(-MOST_ENTRIES)
  const lines = [paint.bold(`Since when, over ${timeline.nights.length} nights`)]
  for (const { session, text, tone } of shown) {
    const colour = { bad: paint.red, good: paint.green, neutral: paint.reset }[tone]
    lines.push(
      ...wrap(clean(`${session}  ${text}`), look.columns, 2, 2).map((line) => colour(line)),
    )
  }
  const rest = entries.length - shown.length
  if (rest > 0) lines.push(paint.dim(`  and ${rest} more: --all, --html or --json has them`))
  return [...lines, '']
}

function sideLines(label: string, side: SideSummary, { columns }: Look, paint: Paint): string[] {
  const { name, plan, counts, duration, judgement } = side
  const parts = Object.entries(counts).filter(([, count]) => count > 0)
  const results = parts.map(([word, count]) => `${count} ${word}`).join(', ') || 'no results'
  const took = duration === null ? '' : `  ${duration.toFixed(1)}s`
  const head = `${label}  ${paint.bold(clean(name))}  ${clean(plan ?? '')}`
  const lines = [head.trimEnd(), `   ${outcomeText(outcomeOf(side))}  ${results}${took}`]
  const tone = judgement.verdict === 'whole' ? paint.dim : paint.yellow
  lines.push(...wrap(clean(judgement.sentence), columns, INDENT).map((line) => tone(line)))
  return lines
}

function sectionLines({ title, tone, entries }: Section, look: Look, paint: Paint): string[] {
  const colour = { bad: paint.red, good: paint.green, neutral: paint.cyan }[tone]
  const shown = look.all ? entries : entries.slice(0, MOST_ENTRIES)
  const lines = [paint.bold(colour(`${title} (${entries.length})`))]
  for (const entry of shown) lines.push(...entryLines(entry, look, paint))
  const rest = entries.length - shown.length
  if (rest > 0) lines.push(paint.dim(`  and ${rest} more: --all, --html or --json has them`))
  return lines
}

function entryLines({ name, domain, loadout, details }: Entry, look: Look, paint: Paint): string[] {
  const place = clean(`${domain} ${loadout}`)
  const room = Math.max(MOST_ENTRIES, look.columns - 4 - widthOf(place))
  const head = `  ${cut(clean(name), room)}  ${paint.dim(place)}`
  const shown = look.all ? details : details.slice(0, MOST_DETAILS)
  const lines = shown.map((detail) => `    ${cut(clean(detail), look.columns - 4)}`)
  const rest = details.length - shown.length
  if (rest > 0)
    lines.push(paint.dim(`    and ${rest === 1 ? '1 more number' : `${rest} more numbers`}`))
  return [head, ...lines]
}

function loadoutLines(
  loadout: LoadoutChange,
  verdicts: readonly Verdict[],
  look: Look,
  paint: Paint,
): string[] {
  const { domain, scenarios } = loadout
  const count = `${scenarios === 1 ? '1 scenario' : `${scenarios} scenarios`} in both`
  const head = `  ${clean(`${domain} ${loadout.loadout}`)}  ${paint.dim(count)}`
  const { changed, same, unknown, untested } = byState(verdicts)
  const lines = changed.flatMap((verdict) => {
    const colour = verdict.direction === 'worse' ? paint.red : paint.green
    const text = `${verdictWord(verdict)?.toLowerCase()}: ${clean(verdict.sentence)}`
    return wrap(text, look.columns, 4, 2).map((line) => colour(line))
  })
  const dim = (text: string): void => {
    lines.push(...wrap(clean(text), look.columns, 4, 2).map((line) => paint.dim(line)))
  }
  if (same.length > 0) dim(`not changed: ${same.map(({ sentence }) => sentence).join('; ')}`)
  for (const { sentence } of unknown) dim(`cannot tell: ${sentence}`)
  const numbers = loadoutNumbers(loadout, MAIN).map((number) => loadoutText(number))
  if (numbers.length > 0) dim(`B beside A: ${numbers.join(', ')}`)
  const [first] = untested
  if (first?.needs) dim(`cannot tell: ${first.needs}`)
  return [head, ...lines]
}

/** What has no history is told once for all aspects. */
function byState(verdicts: readonly Verdict[]) {
  const untested = verdicts.filter(({ state, test }) => state === 'cannot_tell' && test === null)
  return {
    changed: verdicts.filter(({ state }) => state === 'changed'),
    same: verdicts.filter(({ state }) => state === 'not_changed'),
    unknown: verdicts.filter(({ state, test }) => state === 'cannot_tell' && test !== null),
    untested,
  }
}

/** Breaks a clean text at blanks, each line after `indent` blanks, those after the first after `hang` more. */
function wrap(text: string, columns: number, indent: number, hang = 0): string[] {
  const lines: string[] = []
  let line = ''
  let room = columns - indent
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`
    if (line !== '' && widthOf(next) > room) {
      lines.push(line)
      line = word
      room = columns - indent - hang
    } else line = next
  }
  lines.push(line)
  return lines.map((each, index) => ' '.repeat(indent + (index === 0 ? 0 : hang)) + each)
}
