import { markText } from '../nights/marks.ts'
import type { Coincidence, Shift, Timeline } from '../nights/timeline.ts'
import { formatChange, formatValue } from '../numbers.ts'
import { verdictWord } from './sections.ts'

/** Something that happened on a night. */
export interface AxisEntry {
  session: string
  text: string
  tone: 'bad' | 'good' | 'neutral'
  /** What another entry of its night tells in one line with others. */
  isPart?: boolean
}

/** What happened over all nights, oldest first: shifts of loadouts, what broke and was fixed, and what else was new. */
export function axisOf({ nights, shifts, breaks, marks, coincidences }: Timeline): AxisEntry[] {
  const entries: AxisEntry[] = [
    ...marks.map((mark) => ({
      session: mark.session,
      text: markText(mark),
      tone: 'neutral' as const,
    })),
    ...coincidences.map(({ session, loadouts, marks: beside }) => {
      const names = loadouts.map(({ domain, loadout }) => `${domain} ${loadout}`).join(', ')
      const cause =
        beside.length === 0
          ? 'and nothing else that is recorded is new'
          : `with ${beside.map(markText).join(', ')}`
      const text = `${loadouts.length} loadouts changed together, ${cause}: ${names}`
      return { session, text, tone: 'neutral' as const }
    }),
    ...shifts.map((shift) => ({
      session: shift.session,
      text: shiftText(shift),
      tone: shift.direction === 'worse' ? ('bad' as const) : ('good' as const),
      isPart: coincidences.some((one) => isPartOf(shift, one)),
    })),
    ...breaks.map((one) => {
      const often = `${one.failed} of ${one.nights} nights`
      const good = one.lastGood === null ? 'never seen to pass before' : `last good ${one.lastGood}`
      const end = one.fixed === null ? `${often} since` : `${often}, fixed in ${one.fixed}`
      return {
        session: one.first,
        text: `broke: ${one.domain} ${one.loadout} ${one.name}, ${good}, ${end}`,
        tone: one.fixed === null ? ('bad' as const) : ('neutral' as const),
      }
    }),
  ]
  const order = new Map(nights.map((session, at) => [session, at]))
  return entries.toSorted((a, b) => (order.get(a.session) ?? -1) - (order.get(b.session) ?? -1))
}

function isPartOf({ session, domain, loadout }: Shift, one: Coincidence): boolean {
  const names = (each: Coincidence['loadouts'][number]): boolean =>
    each.domain === domain && each.loadout === loadout
  return one.session === session && one.loadouts.some(names)
}

function shiftText(shift: Shift): string {
  const { domain, loadout, title, change, unit, nights, aspect, direction } = shift
  const text = (value: number): string => {
    if (change.by === 'ratio') return formatChange(value)
    const sign = value === 0 ? '±' : value < 0 ? '−' : '+'
    return `${sign}${formatValue(Math.abs(value), unit)}`
  }
  const [size, low, high] = [change.size, change.low, change.high].map(text)
  const word = verdictWord({ aspect, direction })?.toLowerCase()
  const count = `${nights.before} nights before and ${nights.after} from then on`
  return `${word}: ${domain} ${loadout} ${title} ${size} (95 % ${low} to ${high}), ${count}`
}
