import type { Verdict } from '../nights/types.ts'
import { formatChange, formatValue } from '../numbers.ts'
import { type Change, weightOf } from './change.ts'
import { explains } from './explains.ts'
import { replySections } from './reply-sections.ts'
import type { CaseChange, Comparison, LoadoutChange, LoadoutNumber, Outcome } from './types.ts'

/** Sessions in which what is not there was not asked for, as far as anybody can tell. */
const WHOLE = new Set(['whole', 'results_only'])

/** Cases that have one thing in common, in words. */
export interface Section {
  title: string
  tone: 'bad' | 'good' | 'neutral'
  entries: Entry[]
  /** How much of it there is, where the title does not say it well. */
  count?: string
}

/** One case of a section, or one loadout. */
export interface Entry {
  name: string
  domain: string
  loadout: string
  /** What became of it; an empty list where the title says it all. */
  details: string[]
}

const ASPECTS = {
  latency: { worse: 'Slower', better: 'Faster' },
  throughput: { worse: 'Slower', better: 'Faster' },
  quality: { worse: 'Less accurate', better: 'More accurate' },
  memory: { worse: 'More VRAM', better: 'Less VRAM' },
  loading: { worse: 'Slower to load', better: 'Faster to load' },
} as const
const WORDS = ['Slower', 'Less accurate', 'More VRAM', 'Slower to load'] as const
const GOOD_WORDS = ['Faster', 'More accurate', 'Less VRAM', 'Faster to load'] as const
/** So many scenarios explain a verdict. */
const MOST_EXPLAINED = 3

/** Everything that changed, from the worst to the best; what is the same is only counted. */
export function sectionsOf(comparison: Comparison): Section[] {
  const { cases } = comparison
  const outcome = (title: string, tone: Section['tone'], which: Outcome): Section => ({
    title,
    tone,
    entries: cases.filter((one) => one.outcome === which).map(outcomeEntry),
  })
  const changed = (words: readonly string[], tone: Section['tone']): Section[] =>
    words.map((word) => ({
      title: word,
      tone,
      entries: comparison.verdicts
        .filter((verdict) => verdictWord(verdict) === word)
        .map((verdict) => verdictEntry(verdict, comparison)),
    }))
  const sections = [
    outcome('Broke', 'bad', 'broke'),
    outcome('New and failing', 'bad', 'new_failing'),
    ...changed(WORDS, 'bad'),
    outcome('Still failing', 'bad', 'failing'),
    outcome('Failing now and then', 'neutral', 'flaky'),
    outcome('Not finished in B', 'neutral', 'unfinished'),
    ...replySections(comparison.replies),
    outcome('Fixed', 'good', 'fixed'),
    ...changed(GOOD_WORDS, 'good'),
    outcome('New', 'neutral', 'new'),
    outcome(goneTitle(comparison), 'neutral', 'gone'),
  ]
  return sections.filter(({ entries }) => entries.length > 0)
}

/** What there is to say in one line: how much of what. */
export function countsLine(comparison: Comparison): string {
  const counts = sectionsOf(comparison).map(
    ({ title, entries, count }) =>
      count ??
      `${entries.length} ${title.toLowerCase().replace(/\bb$/, 'B').replace('vram', 'VRAM')}`,
  )
  const unsure = comparison.verdicts.filter(({ state }) => state === 'cannot_tell').length
  const untold = unsure === 0 ? [] : [`${unsure} that nobody can tell`]
  return [...counts, ...untold, `${comparison.outcomes.passing} passing as before`].join(', ')
}

/** When something counts as changed, in words. */
export function ruleOf({ nights, left_out, threshold }: Comparison): string {
  const left = left_out.length === 0 ? '' : ` (${left_out.length} left out)`
  return (
    `Changed is what differs from the ${nights.length} nights before${left} by more than nights differ anyway, at a rate ` +
    'at which 1 of 20 quiet nights has anything told of it; not changed is what is surely within ' +
    `±${formatValue(threshold * 100, '')} %. What broke and was fixed is a fact.`
  )
}

/** Whether anything is worse than it was: told by the nights, or a scenario that broke. */
export function isWorse({ cases, verdicts }: Comparison): boolean {
  return (
    cases.some(({ outcome }) => outcome === 'broke' || outcome === 'new_failing') ||
    verdicts.some(({ direction }) => direction === 'worse')
  )
}

/** The numbers of a loadout that are worth a word where no night tells of it. */
export function loadoutNumbers(
  { changes }: LoadoutChange,
  main: ReadonlySet<string>,
): LoadoutNumber[] {
  return changes.filter(({ key }) => main.has(key))
}

/** A number before and after: `TTFT 0.21 s → 0.4 s (+90 %)`. */
export function changeText({ title, unit, a, b, relative }: Change): string {
  const [before, after] = [a, b].map((value) => valueText(value, { title, unit, a, b }))
  const share = relative === null ? '' : ` (${formatChange(relative)})`
  return `${title} ${before} → ${after}${share}`
}

/** The same of a loadout: `Duration +12 % (95 % +8 % to +17 %, n 20)`; memory and error rates by their values. */
export function loadoutText(number: LoadoutNumber): string {
  const { title, a, b, relative, interval, aspect, n } = number
  if (aspect !== 'speed' || relative === null || n[0] === 1) {
    return a === b ? `${title} ${valueText(b, number)}` : changeText(number)
  }
  const range =
    interval === null
      ? ''
      : ` (95 % ${formatChange(interval.low)} to ${formatChange(interval.high)}, n ${n[0]})`
  return `${title} ${formatChange(relative)}${range}`
}

/** The word for a loadout that changed; null where it did not, or nobody can tell. */
export function verdictWord({ aspect, direction }: Pick<Verdict, 'aspect' | 'direction'>) {
  return direction === null ? null : ASPECTS[aspect][direction]
}

/** How sure a verdict is, for those who want to know. */
export function testText({ test, noise, change, n, unit }: Verdict): string | null {
  if (test === null) return null
  const spread =
    noise === null ? '' : `, noise between nights ${noiseText(noise, change?.by, unit)}`
  const t = test.statistic === null ? '' : ` ${test.statistic.toFixed(1)}`
  const degrees = test.degreesOfFreedom === null ? '' : ` at ${test.degreesOfFreedom} degrees`
  const outliers = n.outliers === 0 ? '' : `, ${n.outliers} outlying left out`
  return `${test.name}${t}${degrees}, p ${pText(test.p)}${spread}${outliers}`
}

function noiseText(noise: number, by: 'ratio' | 'difference' | undefined, unit: string): string {
  return by === 'ratio' ? formatChange(noise).replace('+', '±') : `±${formatValue(noise, unit)}`
}

const LEAST_P = 1e-6

function pText(p: number): string {
  return p < LEAST_P ? 'below 0.000001' : String(Number(p.toPrecision(2)))
}

function verdictEntry(verdict: Verdict, { cases, b }: Comparison): Entry {
  const { title, domain, loadout, sentence, since } = verdict
  // A is of the nights before only where it changed with B.
  const beside = since === b.name ? cases : []
  const own = beside.flatMap((one) => {
    if (one.domain !== domain || one.loadout !== loadout) return []
    const all = one.changes.filter((each) => explains(each, verdict))
    const change = all.find(({ key }) => key === verdict.key) ?? all[0]
    return change === undefined ? [] : [{ name: one.name, change }]
  })
  const most = own.toSorted((a, b) => weightOf(b.change) - weightOf(a.change))
  const named = most
    .slice(0, MOST_EXPLAINED)
    .map(({ name, change }) => `${name}: ${changeText(change)}`)
  const test = testText(verdict)
  const details = [since === null ? sentence : `${sentence}, since ${since}`]
  if (test !== null) details.push(test)
  return { name: title, domain, loadout, details: [...details, ...named] }
}

function goneTitle({ b }: Comparison): string {
  return b.kind === 'partial' || !WHOLE.has(b.judgement.verdict) ? 'Not run in B' : 'Gone'
}

function outcomeEntry(one: CaseChange): Entry {
  const { name, domain, loadout, a, b, outcome, message } = one
  const details: string[] = []
  const isRepeated = (a?.n ?? 0) > 1 || (b?.n ?? 0) > 1
  if (isRepeated && a !== null && b !== null) {
    details.push(`${a.passed} of ${a.n} passed → ${b.passed} of ${b.n}`)
  }
  const since = standingText(one)
  if (since !== null) details.push(since)
  if (message !== null && outcome !== 'gone') details.push(message)
  return { name, domain, loadout, details }
}

/** Since when, and how often: `fails since RUN_…, 8 of 28 nights; last passed in RUN_…`. */
function standingText({ standing, outcome }: CaseChange): string | null {
  if (standing === null || standing.nights < 2) return null
  const {
    failing_since: since,
    last_passed: passed,
    last_failed: failed,
    nights,
    retried,
  } = standing
  const often = `${standing.failed} of ${nights} nights`
  const again = retried === 0 ? '' : `; passed only when tried again on ${retried}`
  if (outcome === 'fixed') return failed === null ? null : `failed on ${often}, last in ${failed}`
  if (since === null) return null
  const good = passed === null ? '; never passed on them' : `; last passed in ${passed}`
  return `fails since ${since}, ${often}${good}${again}`
}

/** Both numbers of a change in one unit, which is left out where the title says it. */
function valueText(
  value: number,
  { title, unit, a, b }: Pick<Change, 'title' | 'unit' | 'a' | 'b'>,
): string {
  return formatValue(value, title.endsWith('/s') ? '' : unit, Math.max(a, b))
}
