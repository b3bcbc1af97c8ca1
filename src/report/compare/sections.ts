import { formatChange, formatNumber, formatValue } from '../numbers.ts'
import type { Change } from './change.ts'
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

/** One case of a section. */
export interface Entry {
  name: string
  domain: string
  loadout: string
  /** What became of it; an empty list where the title says it all. */
  details: string[]
}

const ASPECTS = {
  speed: { worse: 'Slower', better: 'Faster' },
  quality: { worse: 'Less accurate', better: 'More accurate' },
  memory: { worse: 'More VRAM', better: 'Less VRAM' },
} as const

/** Everything that changed, from the worst to the best; what is the same is only counted. */
export function sectionsOf(comparison: Comparison): Section[] {
  const { cases } = comparison
  const outcome = (title: string, tone: Section['tone'], which: Outcome): Section => ({
    title,
    tone,
    entries: cases.filter((one) => one.outcome === which).map(outcomeEntry),
  })
  const changed = (verdict: 'worse' | 'better', tone: Section['tone']): Section[] =>
    Object.entries(ASPECTS).map(([aspect, words]) => ({
      title: words[verdict],
      tone,
      entries: cases.flatMap((one) => changeEntry(one, verdict, aspect as Change['aspect'])),
    }))
  const sections = [
    outcome('Broke', 'bad', 'broke'),
    outcome('New and failing', 'bad', 'new_failing'),
    ...changed('worse', 'bad'),
    outcome('Still failing', 'bad', 'failing'),
    outcome('Not finished in B', 'neutral', 'unfinished'),
    ...replySections(comparison.replies),
    outcome('Fixed', 'good', 'fixed'),
    ...changed('better', 'good'),
    outcome('New', 'neutral', 'new'),
    outcome(goneTitle(comparison), 'neutral', 'gone'),
  ]
  return sections.filter(({ entries }) => entries.length > 0)
}

/** What there is to say in one line: how much of what. */
export function countsLine(comparison: Comparison): string {
  const counts = sectionsOf(comparison).map(
    ({ title, entries, count }) =>
      count ?? `${entries.length} ${title.toLowerCase().replace(/\bb$/, 'B')}`,
  )
  const worseOrBetter = comparison.cases.filter(({ outcome }) => outcome === 'passing').length
  const same = comparison.outcomes.passing - worseOrBetter
  return [...counts, `${same} the same`].join(', ')
}

/** When a number counts as changed, in words. */
export function ruleOf({ threshold }: Comparison): string {
  return (
    `Changed is what differs by more than ${formatNumber(threshold * 100)} % and by more than a trifle ` +
    '(0.02 s, 0.1 GB and the like); with five repeats or more on both sides, what has 95 % intervals that do ' +
    'not overlap.'
  )
}

/** Whether anything is worse than it was. */
export function isWorse({ cases, loadouts }: Comparison): boolean {
  const worse = ({ verdict }: { verdict: string }): boolean => verdict === 'worse'
  return (
    cases.some(
      ({ outcome, changes }) =>
        outcome === 'broke' || outcome === 'new_failing' || changes.some(worse),
    ) || loadouts.some(({ changes }) => changes.some(worse))
  )
}

/** The numbers of a loadout that are worth a word: the main ones, and whatever changed. */
export function loadoutNumbers(
  { changes }: LoadoutChange,
  main: ReadonlySet<string>,
): LoadoutNumber[] {
  return withoutEchoes(changes.filter(({ key, verdict }) => main.has(key) || verdict !== 'same'))
}

/** Words and characters a second say what tokens a second say. */
function withoutEchoes<One extends { key: string }>(changes: readonly One[]): One[] {
  const hasTokens = changes.some(({ key }) => key === 'tps')
  return changes.filter(({ key }) => !hasTokens || (key !== 'wps' && key !== 'cps'))
}

/** A number before and after: `TTFT 0.21 s → 0.4 s (+90 %)`. */
export function changeText({ title, unit, a, b, relative, intervals, n }: Change): string {
  const [before, after] = [a, b].map((value) => valueText(value, { title, unit, a, b }))
  const share = relative === null ? '' : ` (${formatChange(relative)})`
  if (intervals === null) return `${title} ${before} → ${after}${share}`
  const [left, right] = intervals.map(({ low, high }) =>
    [low, high].map((value) => valueText(value, { title, unit, a, b })).join(' to '),
  )
  return `${title} ${before} → ${after}${share}, 95 % ${left}, then ${right}, n ${n.join(' and ')}`
}

/** The same of a loadout: `Duration +12 % (95 % +8 % to +17 %)`; memory and error rates by their values. */
export function loadoutText(number: LoadoutNumber): string {
  const { title, a, b, relative, interval, aspect } = number
  if (a === b) return `${title} ${valueText(b, number)}`
  if (aspect !== 'speed' || relative === null || number.n[0] === 1) {
    const share = relative === null ? '' : ` (${formatChange(relative)})`
    const [before, after] = [a, b].map((value) => valueText(value, number))
    return `${title} ${before} → ${after}${share}`
  }
  const range =
    interval === null
      ? ''
      : ` (95 % ${formatChange(interval.low)} to ${formatChange(interval.high)})`
  return `${title} ${formatChange(relative)}${range}`
}

/** The word for a number of a loadout that changed; null where it is the same. */
export function verdictWord({
  aspect,
  verdict,
}: Pick<Change, 'aspect' | 'verdict'>): string | null {
  return verdict === 'same' ? null : ASPECTS[aspect][verdict].toLowerCase()
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
  if (message !== null && outcome !== 'gone') details.push(message)
  return { name, domain, loadout, details }
}

function changeEntry(
  one: CaseChange,
  verdict: Change['verdict'],
  aspect: Change['aspect'],
): Entry[] {
  const own = one.changes.filter((each) => each.verdict === verdict && each.aspect === aspect)
  if (own.length === 0) return []
  const { name, domain, loadout } = one
  return [{ name, domain, loadout, details: withoutEchoes(own).map((each) => changeText(each)) }]
}

/** Both numbers of a change in one unit, which is left out where the title says it. */
function valueText(
  value: number,
  { title, unit, a, b }: Pick<Change, 'title' | 'unit' | 'a' | 'b'>,
): string {
  return formatValue(value, title.endsWith('/s') ? '' : unit, Math.max(a, b))
}
