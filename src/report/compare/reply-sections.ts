import type { ReplyChange, ReplyComparison } from './replies.ts'

/** Answers that have one thing in common, as a comparison tells people of it. */
interface ReplySection {
  title: string
  tone: 'neutral'
  entries: Entry[]
  count: string
}

interface Entry {
  name: string
  domain: string
  loadout: string
  details: string[]
}

/** How much of an answer is told to a person, in characters. */
const LONGEST_TEXT = 240
/** So much of what both have in common stands before the first difference. */
const LEAD = 24

/** The answers that changed, for people: old and new below each other. */
export function replySections(replies: ReplyComparison | undefined): ReplySection[] {
  if (replies === undefined) return []
  const { changed, unsteady } = replies
  const cold = changed.filter(({ temperature }) => temperature === 0)
  const warm = changed.filter(({ temperature }) => temperature !== null && temperature > 0)
  const unknown = changed.filter(({ temperature }) => temperature === null)
  return [
    section('changed at temperature 0', cold.map(changeEntry)),
    section('changed at a higher temperature and the same seed', warm.map(changeEntry)),
    section('changed at a temperature that is not known', unknown.map(changeEntry)),
    section(
      'that differ within one of the runs',
      unsteady.map((one) => entryOf(one, [])),
    ),
  ]
}

function section(what: string, entries: Entry[]): ReplySection {
  const words = entries.length === 1 ? '1 reply' : `${entries.length} replies`
  // Of one reply it is "that differs".
  const counted = entries.length === 1 ? what.replace('differ ', 'differs ') : what
  return { title: `Replies ${what}`, tone: 'neutral', entries, count: `${words} ${counted}` }
}

function changeEntry(change: ReplyChange): Entry {
  const [before, after] = excerpts(change.a.text ?? '', change.b.text ?? '')
  return entryOf(change, [`A  ${before}`, `B  ${after}`])
}

function entryOf(
  { name, index, domain, loadout }: Omit<ReplyChange, 'a' | 'b'>,
  details: string[],
): Entry {
  const place = index === 0 ? '' : `, request ${index + 1}`
  return { name: `${name}${place}`, domain, loadout, details }
}

/** Two texts from where they begin to differ, cut to a length that is read at once. */
function excerpts(before: string, after: string): [before: string, after: string] {
  let same = 0
  while (same < before.length && before[same] === after[same]) same += 1
  const from = same > 2 * LEAD ? same - LEAD : 0
  return [excerpt(before, from), excerpt(after, from)]
}

function excerpt(text: string, from: number): string {
  if (text === '') return '(empty)'
  const end = from + LONGEST_TEXT
  const part = text.slice(from, end).toWellFormed()
  return `${from > 0 ? '…' : ''}${part}${end < text.length ? '…' : ''}`
}
