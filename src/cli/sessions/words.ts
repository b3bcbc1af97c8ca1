import { clean } from '../../dashboard/text.ts'
import { type Counts, countsText } from '../../events/index.ts'
import type { SessionSummary } from '../../report/session/index.ts'

/** How many results ended in each way, what there is none of left out: `11 passed, 4 failed`. */
export function resultsText(counts: Counts): string {
  return countsText(counts, []) || 'no results'
}

/** A time as files have it, for people: date and time of day, where it was. */
export function timeText(time: string | null): string {
  return time === null ? 'n/a' : clean(time.slice(0, 19).replace('T', ' '))
}

/** The machine in few words: its GPUs, or its processor where it has none. */
export function hostText(host: SessionSummary['host']): string {
  if (host === null) return 'n/a'
  const models = host.gpus.map(({ model }) => model)
  const first = models[0]
  if (first === undefined) return clean(host.cpu ?? host.os ?? 'n/a')
  const same = models.every((model) => model === first)
  const names = same && models.length > 1 ? `${models.length} x ${first}` : models.join(', ')
  return clean(names)
}

/** Whether `jarvis resume` may go on with a session from here. */
export function canGoOn({
  judgement: { verdict },
  elsewhere,
}: Pick<SessionSummary, 'judgement' | 'elsewhere'>): boolean {
  return elsewhere === null && NOT_WHOLE.has(verdict)
}

const NOT_WHOLE: ReadonlySet<SessionSummary['judgement']['verdict']> = new Set([
  'died',
  'cancelled',
  'cut_off',
])

/** `1 result`, `2 results`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
