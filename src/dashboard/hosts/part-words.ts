import { countsText, type RunFold, sumOfFolds, wrongOf } from '../../events/index.ts'
import { clock, duration } from '../format.ts'
import { titleOf } from '../model.ts'
import { clean } from '../text.ts'
import type { HostsView, PartView } from './types.ts'

/** What is most important first. */
const LIVES = ['dead', 'late', 'running', 'waiting', 'ended'] as const
type Life = PartView['life']

const NAMES: Readonly<Record<Life, string>> = {
  dead: 'dead',
  late: 'late',
  running: 'running',
  waiting: 'not begun',
  ended: 'ended',
}

/** Whether it has ended and not passed, or died. */
export function isWrong({ life, fold }: PartView): boolean {
  return life === 'dead' || (life === 'ended' && fold?.end?.status !== 'PASSED')
}

/** Whether nothing more is to come of it. */
export function isOver({ life }: Pick<PartView, 'life'>): boolean {
  return life === 'dead' || life === 'ended'
}

/** What the parts come to together. Of one that is dead nothing goes on, whatever it last told. */
export function sumOfParts({ name, parts }: HostsView): RunFold {
  const folds = parts.flatMap(({ fold, life }) =>
    fold === null ? [] : [life === 'dead' && fold.end === null ? deadFold(fold) : fold],
  )
  return sumOfFolds(name, folds, parts.length)
}

function deadFold(fold: RunFold): RunFold {
  const { lastAt, counts, elapsed } = fold
  const how = { status: 'DIED', recorded_by: 'recovery' } as const
  const end = {
    type: 'run_ended',
    time: lastAt ?? '',
    counts,
    duration: elapsed ?? 0,
    ...how,
  } as const
  return { ...fold, running: new Map(), end }
}

/** Those that want a look first: dead, late, running, not begun, then what has ended, failures before the rest. */
export function byImportance(parts: readonly PartView[]): PartView[] {
  const rank = (part: PartView): number => LIVES.indexOf(part.life) * 2 + (isWrong(part) ? 0 : 1)
  return parts.toSorted((a, b) => rank(a) - rank(b) || a.index - b.index)
}

/** `1 dead, 2 running, 1 not begun`. */
export function livesText(parts: readonly PartView[]): string {
  const texts = LIVES.flatMap((life) => {
    const those = parts.filter((part) => part.life === life)
    if (those.length === 0) return []
    const wrong = life === 'ended' ? those.filter(isWrong).length : 0
    const passed = those.length - wrong
    if (life !== 'ended') return [`${those.length} ${NAMES[life]}`]
    return [
      ...(wrong > 0 ? [`${wrong} not passed`] : []),
      ...(passed > 0 ? [`${passed} passed`] : []),
    ]
  })
  return texts.join(', ')
}

/** Where a part stands, in a few words: what it has up, or how it ended. */
export function standText(part: PartView): string {
  const { life, fold, silentFor } = part
  if (life === 'waiting' || fold === null) return NAMES.waiting
  if (life === 'late') return `late, silent ${clock(silentFor)}`
  if (life === 'dead') return fold.end === null ? `dead, silent ${clock(silentFor)}` : 'died'
  if (fold.end !== null) return `${fold.end.status.toLowerCase()} in ${duration(fold.end.duration)}`
  return fold.current === null ? 'starting' : clean(titleOf(fold.current))
}

/** What became of a part, in a sentence: `PASSED (12 passed) in 3:10`. */
export function outcomeText({ life, fold, silentFor }: PartView): string {
  if (life === 'waiting' || fold === null) return NAMES.waiting
  const counts = countsText(fold.counts, ['passed'])
  if (fold.end !== null) return `${fold.end.status} (${counts}) in ${clock(fold.end.duration)}`
  if (life !== 'dead') return `${NAMES[life]} (${counts})`
  return `DIED (${counts}), silent for ${clock(silentFor)}`
}

/** GB in use and in all over the GPUs of its machine; null where it has none, none is known, or nothing goes on. */
export function vramOf({ sample, life }: PartView): { used: number; total: number | null } | null {
  const gpus = sample?.gpus.filter(({ vram_used: used }) => used !== null) ?? []
  if (gpus.length === 0 || isOver({ life })) return null
  const totals = gpus.map(({ vram_total: total }) => total)
  const known = totals.filter((total) => total !== null)
  return {
    used: gpus.reduce((sum, { vram_used: used }) => sum + (used ?? 0), 0),
    total: known.length < totals.length ? null : known.reduce((sum, total) => sum + total, 0),
  }
}

/** Results that somebody has to look at. */
export function wrongResults({ fold }: PartView): number {
  return fold === null ? 0 : wrongOf(fold.counts)
}
